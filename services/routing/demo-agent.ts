import type { Transaction } from '../storage/database.ts';
import { insertUser, type WriteWords } from './new-user.ts';

export type DemoAgent = {
  readonly firstName: string;
  readonly lastName: string;
  /** An e-mail address. */
  readonly login: string;
  readonly extension: string;
};

type Demo = {
  readonly organizationId: string;
  readonly newId: () => string;
  readonly writeWords: WriteWords;
};

/** An agent of the demo with a telephone, who has not set a password. Gives the id. */
export async function insertDemoAgent(trx: Transaction, demo: Demo, agent: DemoAgent): Promise<string> {
  const id = demo.newId();
  await insertUser(
    trx,
    {
      ...agent,
      organizationId: demo.organizationId,
      id,
      email: agent.login,
      role: 'agent',
      passwordHash: null,
      mustChangePassword: false,
      devices: [{ kind: 'sip', address: `sip:${agent.extension}@pbx.example`, enabled: true }],
    },
    demo.writeWords,
  );
  return id;
}
