import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { closed, Instant } from '../schemas.ts';
import { User } from '../users/schema.ts';

export const TwoStep = Type.Object(
  {
    enabled: Type.Boolean(),
    enabledAt: nullable(Instant),
    backupCodesLeft: Type.Integer(),
  },
  closed,
);
export type TwoStep = Static<typeof TwoStep>;

export const Enrolment = Type.Object(
  {
    secret: Type.String({ description: 'Base32, for typing in by hand.' }),
    otpauthUrl: Type.String({ examples: ['otpauth://totp/Acme:ana?secret=…&issuer=Acme'] }),
    qrCode: Type.String({ description: 'The same as a picture: a data URL (PNG).' }),
  },
  { ...closed, description: 'Not on before it is verified with a code.' },
);
export type Enrolment = Static<typeof Enrolment>;

export const Verify = Type.Object(
  {
    code: Type.String({
      minLength: 6,
      maxLength: 32,
      description: 'The code that the authenticator shows.',
      examples: ['123456'],
    }),
  },
  closed,
);
export type Verify = Static<typeof Verify>;

export const Verified = Type.Object(
  {
    enabled: Type.Literal(true),
    backupCodes: Type.Array(Type.String(), {
      description: 'Each works once instead of a code. Shown this once, and kept nowhere.',
    }),
  },
  closed,
);
export type Verified = Static<typeof Verified>;

export const Person = User;
