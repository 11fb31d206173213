import { type Static, Type } from 'typebox';
import { closed, oneOf } from '../schemas.ts';
import { User } from '../users/schema.ts';

const Password = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: '15 characters or more; 8 with two-step verification on.',
});

export const ForgotPassword = Type.Object(
  {
    login: Type.String({ minLength: 1, maxLength: 254, description: 'The login, or the e-mail address.' }),
    organization: Type.Optional(
      Type.String({ minLength: 1, maxLength: 63, description: 'The slug; needed once there are two.' }),
    ),
  },
  closed,
);
export type ForgotPassword = Static<typeof ForgotPassword>;

export const ResetPassword = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 256, description: 'From the link in the mail.' }),
    password: Password,
  },
  closed,
);
export type ResetPassword = Static<typeof ResetPassword>;

export const AdminReset = Type.Object(
  {
    method: oneOf(
      ['mail', 'generated', 'typed'],
      'mail: a link to the registered address. generated: a password that is shown once. typed: the one in `password`. The policy `adminReset` of the organization says which are allowed.',
    ),
    password: Type.Optional(Password),
    mustChangePassword: Type.Optional(
      Type.Boolean({
        description:
          'With generated and typed: a new one is asked for at the next login. True when left out.',
      }),
    ),
  },
  closed,
);
export type AdminReset = Static<typeof AdminReset>;

export const AdminResetDone = Type.Object(
  {
    method: oneOf(['mail', 'generated', 'typed']),
    password: Type.Optional(
      Type.String({ description: 'With generated. Shown this once, and kept nowhere.' }),
    ),
    mustChangePassword: Type.Boolean(),
    endedSessions: Type.Integer({ description: 'With mail they end when the link is used.' }),
    user: User,
  },
  closed,
);
export type AdminResetDone = Static<typeof AdminResetDone>;
