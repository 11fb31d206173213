import { type Static, Type } from 'typebox';
import { closed } from '../schemas.ts';
import { SessionOpened } from '../sessions/schema.ts';
import { User } from '../users/schema.ts';

export const AcceptInvitation = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 256, description: 'From the link in the mail.' }),
    password: Type.String({ minLength: 1, maxLength: 1024, description: '15 characters or more.' }),
  },
  closed,
);
export type AcceptInvitation = Static<typeof AcceptInvitation>;

/** The invited user is logged in at once. */
export const Accepted = SessionOpened;
export const Invited = User;
