import { problem } from '../../../services/routing/errors.ts';
import { type CheckedPassword, isShortPassword, passwordRefusal } from './password.ts';

export function weakPassword(pointer: string, message: string): Error {
  return problem('password.weak', { detail: message, errors: [{ pointer, code: 'password.weak', message }] });
}

type Account = { readonly login: string; readonly hasTwoStep: boolean };

export type Hashing = {
  /** Refuses a weak password, else gives what is stored of it. */
  readonly hashChecked: (account: Account, password: string, pointer: string) => Promise<CheckedPassword>;
  /** The same for somebody who is only being made, and so has no two-step verification. */
  readonly hashFirst: (login: string, password: string, pointer: string) => Promise<string>;
};

export function buildHashing(hashPassword: (password: string) => Promise<string>): Hashing {
  const hashChecked: Hashing['hashChecked'] = async ({ login, hasTwoStep }, password, pointer) => {
    const refusal = passwordRefusal(password, [login], hasTwoStep);
    if (refusal !== undefined) throw weakPassword(pointer, refusal);
    return { hash: await hashPassword(password), isShort: isShortPassword(password) };
  };
  return {
    hashChecked,
    hashFirst: async (login, password, pointer) =>
      (await hashChecked({ login, hasTwoStep: false }, password, pointer)).hash,
  };
}
