import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { closed, Id, Instant, oneOf } from '../schemas.ts';
import { Email } from '../users/schema.ts';

const Host = Type.String({
  maxLength: 253,
  pattern: '^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+)$',
  description: 'A name or an address. Private networks are refused when mail is sent.',
  examples: ['smtp.example.com'],
});

const shown = {
  host: Host,
  port: Type.Integer({ minimum: 1, maximum: 65_535, examples: [587] }),
  security: oneOf(['none', 'starttls', 'tls'], 'tls: from the first byte, usually port 465.'),
  domain: Type.String({
    maxLength: 253,
    pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$',
    description: 'Every account of the organization and its users is an address in it.',
    examples: ['example.com'],
  }),
  login: Type.String({
    minLength: 1,
    maxLength: 254,
    pattern: '^[\\x21-\\x7e]+$',
    description: 'Mail of the organization is sent from it: an address, or what stands before the @.',
    examples: ['office@example.com'],
  }),
};

export const MailServerPut = Type.Object(
  {
    ...shown,
    password: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        description:
          'Stored encrypted, and never shown. Left out: the one that is stored, as long as host and login stay.',
      }),
    ),
  },
  closed,
);
export type MailServerPut = Static<typeof MailServerPut>;

const TestMail = Type.Object(
  {
    id: Id,
    to: Type.String(),
    status: oneOf(['waiting', 'sent', 'failed']),
    attempts: Type.Integer(),
    error: nullable(Type.String({ description: 'What the server said last.' })),
    sentAt: nullable(Instant),
  },
  closed,
);
export type TestMail = Static<typeof TestMail>;

export const MailServer = Type.Object({ ...shown, lastTest: nullable(TestMail), updatedAt: Instant }, closed);
export type MailServer = Static<typeof MailServer>;

export const TestMailSend = Type.Object(
  { to: Type.Optional(Email) },
  { ...closed, description: "Left out: one's own address." },
);
export type TestMailSend = Static<typeof TestMailSend>;
export const TestMailSent = TestMail;
