import { guarded } from './change.ts';
import type { AdminContext, AdminRequest, Answer } from './context.ts';
import { rehearse, rehearsedIn } from './rehearsal.ts';

/**
 * The answer that a change would have, with `dryRun`, and nothing of it is kept. The organization's row is locked as
 * for a real change, so that the two never wait for each other's rows.
 */
export async function dryRun<T extends object>(
  context: AdminContext,
  request: AdminRequest,
  run: () => Promise<Answer<T>>,
): Promise<Answer<T & { readonly dryRun: true }>> {
  if (rehearsedIn() !== undefined) return marked(await run());
  const { organizationId } = request.actor;
  return guarded(() =>
    rehearse(context.database, organizationId, async (trx) => {
      await trx
        .selectFrom('organization')
        .select('id')
        .where('id', '=', organizationId)
        .forNoKeyUpdate()
        .execute();
      return marked(await run());
    }),
  );
}

/** Without the ETag, which nothing has. */
function marked<T extends object>({ body }: Answer<T>): Answer<T & { readonly dryRun: true }> {
  return { body: { ...body, dryRun: true } };
}
