import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Id, Instant, oneOf } from '../schemas.ts';

const MailboxOwner = Type.Object(
  { type: oneOf(['user', 'queue']), id: Id, name: nullable(Type.String()) },
  { ...closed, description: 'Whose box it is; the box of a queue is shared by its members.' },
);

const From = Type.Object(
  {
    kind: oneOf(['number', 'extension', 'anonymous', 'short', 'address']),
    value: nullable(Type.String({ description: 'null: withheld.', examples: ['+14155550123'] })),
  },
  closed,
);

export const Voicemail = Type.Object(
  {
    id: Id,
    callId: Type.String(),
    mailbox: MailboxOwner,
    from: nullable(From),
    receivedAt: Instant,
    durationSeconds: Type.Integer(),
    read: Type.Boolean({ description: 'Somebody whose box it is has listened to it, or said so.' }),
    readAt: nullable(Instant),
    readBy: nullable(Id),
    archived: Type.Boolean(),
    hasSound: Type.Boolean({ description: 'GET /v1/voicemails/{id}/sound plays it.' }),
    url: nullable(
      Type.String({
        description: 'Where your PBX keeps the sound; fetched by whoever opens it, and never from here.',
      }),
    ),
  },
  closed,
);
export type Voicemail = Static<typeof Voicemail>;

export const VoicemailPage = Type.Object(
  {
    ...pageOf(Voicemail).properties,
    meta: Type.Object(
      {
        unread: Type.Integer({
          description:
            'Of the boxes and the state (`mailbox`, `archived`) that were asked for, on all pages and whatever `read` says. The events voicemail.received and voicemail.changed tell the new number of their box.',
        }),
      },
      closed,
    ),
  },
  closed,
);

export const VoicemailQuery = Type.Object(
  {
    ...pageQuery,
    mailbox: Type.Optional(
      Type.String({
        pattern: '^(user|queue):[0-9a-f-]{36}$',
        description: 'One box: user:ID or queue:ID.',
      }),
    ),
    read: Type.Optional(Type.Boolean()),
    archived: Type.Optional(Type.Boolean({ description: 'false when left out.' })),
  },
  closed,
);
export type VoicemailQuery = Static<typeof VoicemailQuery>;

export const VoicemailPatch = Type.Object(
  { read: Type.Optional(Type.Boolean()), archived: Type.Optional(Type.Boolean()) },
  { ...closed, description: 'A merge patch (RFC 7396).' },
);
export type VoicemailPatch = Static<typeof VoicemailPatch>;
