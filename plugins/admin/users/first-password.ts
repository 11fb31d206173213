import { buildIssues } from '../issues.ts';

type FirstCredentials = {
  readonly kind: 'email' | 'username';
  readonly login?: string;
  readonly email?: string;
  readonly password?: string;
};

/** `hash` refuses a weak password, else gives its hash. Null for a user who chooses the password later. */
export async function hashFirstPassword(
  body: FirstCredentials,
  hash: (login: string, password: string, pointer: string) => Promise<string>,
): Promise<string | null> {
  const issues = buildIssues();
  const { kind, login, email, password } = body;
  if (kind === 'email') {
    if (email === undefined) issues.add('/email', 'required', 'Add the address that the invitation goes to.');
    if (login !== undefined)
      issues.add('/login', 'contradiction', 'Leave this out: the login is the address.');
    if (password !== undefined) {
      issues.add('/password', 'contradiction', 'Leave this out: the user chooses it with the invitation.');
    }
    issues.refuse();
    return null;
  }
  if (login === undefined) issues.add('/login', 'required', 'Add what the user logs in with.');
  if (password === undefined) issues.add('/password', 'required', 'Add a password of 15 characters or more.');
  issues.refuse();
  return hash(login ?? '', password ?? '', '/password');
}
