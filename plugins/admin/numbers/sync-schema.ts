import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { closed, Id, oneOf } from '../schemas.ts';

export const SyncBody = nullable(
  Type.Object(
    {
      setWebhooks: Type.Optional(
        Type.Boolean({ description: 'Also point the numbers at the carrier to this service.' }),
      ),
    },
    closed,
  ),
);
export type SyncBody = Static<typeof SyncBody>;

const Webhook = oneOf(
  ['set', 'queued', 'already-set', 'elsewhere', 'on-trunk', 'failed'],
  'set: it was changed. queued: the job does it. elsewhere: the number leads to another service; ask with setWebhooks. on-trunk: its calls go to a trunk and no webhook is asked.',
);

export const SyncReport = Type.Object(
  {
    added: Type.Integer(),
    known: Type.Integer(),
    numbers: Type.Array(
      Type.Object(
        {
          id: nullable(Id),
          number: Type.String(),
          name: Type.String(),
          accountSid: Type.String(),
          state: oneOf(
            ['added', 'known', 'taken', 'unusable'],
            'taken: another organization has it. unusable: it takes no calls, or is no number.',
          ),
          webhook: nullable(Webhook),
          detail: Type.Optional(Type.String({ description: 'Why a webhook could not be set.' })),
        },
        closed,
      ),
      { description: 'What the carrier has, in the order of numbers.' },
    ),
    refused: Type.Array(Type.Object({ accountSid: Type.String(), detail: Type.String() }, closed), {
      description: 'Accounts that could not be read, and why; at least one could.',
    }),
    job: nullable(
      Type.String({
        format: 'uuid',
        description: 'Sets the webhooks where there are many: GET /v1/jobs/{id}.',
      }),
    ),
    missing: Type.Array(Type.Object({ id: Id, number: Type.String() }, closed), {
      description: 'Numbers here that the carrier does not have. They stay as they are.',
    }),
  },
  closed,
);
export type SyncReport = Static<typeof SyncReport>;
