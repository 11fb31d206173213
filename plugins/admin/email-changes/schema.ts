import { type Static, Type } from 'typebox';
import { closed } from '../schemas.ts';

export const ConfirmEmail = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 256, description: 'From the link in the mail.' }) },
  closed,
);
export type ConfirmEmail = Static<typeof ConfirmEmail>;
