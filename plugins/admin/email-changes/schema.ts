import type { Static } from 'typebox';
import { Type } from '../../../services/routing/json-schema.ts';
import { closed } from '../schemas.ts';

export const ConfirmEmail = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 256, description: 'From the link in the mail.' }) },
  closed,
);
export type ConfirmEmail = Static<typeof ConfirmEmail>;
