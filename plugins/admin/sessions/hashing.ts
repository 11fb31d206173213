import { problem } from '../../../services/routing/errors.ts';
import { type CheckedPassword, hashPassword, isShortPassword, passwordRefusal } from './password.ts';

export function weakPassword(pointer: string, message: string): Error {
  return problem('password.weak', { detail: message, errors: [{ pointer, code: 'password.weak', message }] });
}

/** Refuses a weak password, else gives what is stored of it. */
export async function hashChecked(
  { login, hasTwoStep }: { readonly login: string; readonly hasTwoStep: boolean },
  password: string,
  pointer: string,
): Promise<CheckedPassword> {
  const refusal = passwordRefusal(password, [login], hasTwoStep);
  if (refusal !== undefined) throw weakPassword(pointer, refusal);
  return { hash: await hashPassword(password), isShort: isShortPassword(password) };
}

/** The same for somebody who is only being made, and so has no two-step verification. */
export async function hashFirst(login: string, password: string, pointer: string): Promise<string> {
  return (await hashChecked({ login, hasTwoStep: false }, password, pointer)).hash;
}
