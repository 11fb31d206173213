import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { closed, Id, Instant, oneOf } from '../schemas.ts';
import { Email } from '../users/schema.ts';

const CampaignKey = Type.String({
  pattern: '^(default|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$',
  description: '`default`, or the id of a campaign.',
  examples: ['default'],
});

export const MailAccountParams = Type.Object(
  { id: Type.String({ format: 'uuid', pattern: '^[0-9a-f-]+$' }), campaign: CampaignKey },
  closed,
);
export type MailAccountParams = Static<typeof MailAccountParams>;

export const MailAccountPut = Type.Object(
  {
    localPart: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$",
        description: "What stands before the @; the domain is the organization's.",
        examples: ['ana.ruiz'],
      }),
    ),
    address: Type.Optional(Email),
    password: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        description: 'Stored encrypted, and never shown. Left out: the one that is stored.',
      }),
    ),
  },
  { ...closed, description: 'Exactly one of `localPart` and `address`.' },
);
export type MailAccountPut = Static<typeof MailAccountPut>;

export const MailAccount = Type.Object(
  {
    campaign: CampaignKey,
    address: Type.String({ examples: ['ana.ruiz@example.com'] }),
    localPart: Type.String(),
    updatedAt: Instant,
  },
  closed,
);
export type MailAccount = Static<typeof MailAccount>;

export const MailAccounts = Type.Object({ data: Type.Array(MailAccount) }, closed);
export type MailAccounts = Static<typeof MailAccounts>;

export const MailSend = Type.Object(
  {
    to: Email,
    subject: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\r\\n]*\\S[^\\r\\n]*$' }),
    text: Type.String({ minLength: 1, maxLength: 100_000 }),
    campaign: Type.Optional(CampaignKey),
  },
  closed,
);
export type MailSend = Static<typeof MailSend>;

export const MailSent = Type.Object(
  {
    id: Id,
    status: oneOf(['waiting']),
    from: nullable(Type.String({ description: 'null: the address of the installation.' })),
    to: Type.String(),
    subject: Type.String(),
    campaign: CampaignKey,
  },
  closed,
);
export type MailSent = Static<typeof MailSent>;
