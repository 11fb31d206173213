import { type Static, Type } from 'typebox';
import { closed, Instant } from '../schemas.ts';
import { User } from '../users/schema.ts';

/** The user that a session belongs to, as the users' resource shows them. */
export const Person = User;

const Password = Type.String({ minLength: 1, maxLength: 1024 });

/** Six digits of the authenticator, or a backup code. */
const Code = Type.String({
  minLength: 6,
  maxLength: 32,
  description: 'Where two-step verification is on: the code of the authenticator, or a backup code.',
  examples: ['123456'],
});

export const Login = Type.Object(
  {
    login: Type.String({ minLength: 1, maxLength: 254 }),
    password: Password,
    code: Type.Optional(Code),
    organization: Type.Optional(
      Type.String({ minLength: 1, maxLength: 63, description: 'The slug; needed once there are two.' }),
    ),
  },
  closed,
);
export type Login = Static<typeof Login>;

export const SessionOpened = Type.Object(
  {
    token: Type.String({ description: 'For Authorization: Bearer. A browser uses the cookie instead.' }),
    expiresAt: Instant,
    user: User,
    mustChangePassword: Type.Boolean({
      description: 'Only POST /v1/me/password is served until it is changed.',
    }),
  },
  closed,
);
export type SessionOpened = Static<typeof SessionOpened>;

export const Session = Type.Object(
  {
    expiresAt: Instant,
    confirmedAt: Instant,
    user: User,
    permissions: Type.Array(Type.String()),
    mustChangePassword: Type.Boolean(),
  },
  closed,
);
export type Session = Static<typeof Session>;

/** Of oneself, as `/users/{id}` shows a user. */
export const Self = User;

export const Confirm = Type.Object({ password: Password, code: Type.Optional(Code) }, closed);
export type Confirm = Static<typeof Confirm>;

export const PasswordChange = Type.Object(
  {
    current: Password,
    new: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: '15 characters or more; 8 with two-step verification on.',
    }),
  },
  closed,
);
export type PasswordChange = Static<typeof PasswordChange>;
