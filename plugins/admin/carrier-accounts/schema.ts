import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Instant, oneOf } from '../schemas.ts';

const AccountSid = Type.String({
  pattern: '^AC[0-9a-fA-F]{32}$',
  description: 'AC and 32 hexadecimal digits, as the Twilio console shows it.',
  examples: ['AC0123456789abcdef0123456789abcdef'],
});

export const AccountParams = Type.Object({ accountSid: AccountSid }, closed);

export const CarrierAccountPut = Type.Object(
  {
    carrier: Type.Optional(oneOf(['twilio'])),
    authTokens: Type.Array(Type.String({ pattern: '^[\\x21-\\x7e]{16,128}$' }), {
      minItems: 1,
      maxItems: 2,
      description:
        'The auth token; while it is rotated the new and the old one. Stored encrypted, never shown.',
    }),
  },
  closed,
);
export type CarrierAccountPut = Static<typeof CarrierAccountPut>;

export const CarrierAccount = Type.Object(
  {
    carrier: oneOf(['twilio']),
    accountSid: Type.String(),
    tokens: Type.Integer({ description: 'How many tokens are stored.' }),
    createdAt: Instant,
    updatedAt: Instant,
  },
  closed,
);
export type CarrierAccount = Static<typeof CarrierAccount>;

export const CarrierAccountPage = pageOf(CarrierAccount);
export const CarrierAccountQuery = Type.Object({ limit: pageQuery.limit }, closed);
