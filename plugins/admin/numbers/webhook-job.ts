import { CarrierFailure, type CarrierWebhooks } from '../../../services/routing/ports.ts';
import type { Permission } from '../access.ts';
import type { AdminContext } from '../context.ts';
import { listCredentials, webhooksOf } from './sync.ts';

type Result = { readonly state: 'done' | 'failed'; readonly code: string; readonly message: string };

/** How the webhooks of many numbers are set. To say it twice does no harm. */
export function buildWebhookJob(context: AdminContext) {
  const permission: Permission = 'numbers.write';
  return {
    permission,
    async run(organizationId: string, inputs: readonly unknown[]): Promise<readonly Result[]> {
      const { carrier } = context;
      const accounts = carrier === null ? [] : await listCredentials(context, carrier, organizationId);
      const wanted = webhooksOf(context);
      return Promise.all(inputs.map((input) => setOne(context, accounts, wanted, input)));
    },
  };
}

async function setOne(
  { carrier }: AdminContext,
  accounts: Awaited<ReturnType<typeof listCredentials>>,
  wanted: CarrierWebhooks,
  input: unknown,
): Promise<Result> {
  const text = (name: string) => String(Reflect.get(Object(input), name));
  const number = text('number');
  const credentials = accounts.find((account) => account.accountSid === text('accountSid'));
  if (carrier === null || credentials === undefined) {
    const message = `${number}: the account ${text('accountSid')} is not stored any more.`;
    return { state: 'failed', code: 'carrier.not-configured', message };
  }
  try {
    await carrier.api.setWebhooks(credentials, text('sid'), wanted);
    return { state: 'done', code: 'changed', message: `${number} leads here.` };
  } catch (error) {
    if (!(error instanceof CarrierFailure)) throw error;
    const code = error.kind === 'unreachable' ? 'carrier.unreachable' : 'carrier.refused';
    return { state: 'failed', code, message: `${number}: ${error.message}` };
  }
}
