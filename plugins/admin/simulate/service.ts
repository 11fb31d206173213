import type { Call, Dialled, Facts, FactsRead } from '../../../services/routing/domain/call.ts';
import { decisionDocument } from '../../../services/routing/domain/decision-document.ts';
import { compileDirectory, type Directory } from '../../../services/routing/domain/directory.ts';
import { parseCaller, parseDialled } from '../../../services/routing/domain/e164.ts';
import { byId, type FactsSource, firstOf, given, withFacts } from '../../../services/routing/domain/facts.ts';
import { play } from '../../../services/routing/domain/play.ts';
import { resolve } from '../../../services/routing/domain/resolve.ts';
import { problem } from '../../../services/routing/errors.ts';
import { guarded } from '../change.ts';
import type { AdminContext } from '../context.ts';
import { formatInstant, parseInstant } from '../instants.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { rehearse } from '../rehearsal.ts';
import type { SimulateBody, UnsavedChange } from './schema.ts';
import { readSupposed } from './store.ts';

/** Nobody's number, so that no lead and no caller rule but "external" fits. */
const STRANGER = { kind: 'address', address: 'simulation' } as const;

/** Makes the request of a change; gives the problem document where it is refused. */
export type SendChange = (change: UnsavedChange) => Promise<unknown>;

/** The directory as it would be after the changes, one after the other. None of them is kept. */
export async function supposeChanges(
  context: AdminContext,
  organizationId: string,
  changes: readonly UnsavedChange[],
  send: SendChange,
): Promise<Directory> {
  const data = await guarded(() =>
    rehearse(context.database, organizationId, async (trx) => {
      for (const [index, change] of changes.entries()) {
        const refused = await send(change);
        if (refused !== undefined) throw refusal(index, change, refused);
      }
      return readSupposed(trx, organizationId);
    }),
  );
  if (data === undefined) throw problem('resource.not-found');
  return compileDirectory(data);
}

function refusal(index: number, { method, path }: UnsavedChange, refused: unknown): Error {
  return problem('simulation.change-refused', {
    detail: `${method} ${path} would be refused.`,
    extra: { change: index, problem: refused },
  });
}

/**
 * What a call would get from this directory at that instant. The same `resolve` as a live call; no side effects.
 * Without an instant it is a call of this moment, with what `factsOf` knows of it, as any call would bring along; at
 * another moment nobody knows who will be on a call, and only what is assumed counts.
 */
export function simulate(directory: Directory, body: SimulateBody, now: number, factsOf?: FactsSource) {
  const issues = buildIssues();
  const isLive = body.at === undefined && factsOf !== undefined;
  const at = body.at === undefined ? now : parseInstant(issues, '/at', body.at);
  const plain = toCall(directory, body, issues);
  const assumed = toFacts(body.assume, issues);
  issues.refuse();
  // What is assumed of somebody is in the place of what is known of them.
  const known = isLive ? firstOf(assumed, factsOf(directory, plain.callId, now)) : assumed;
  const call = withFacts(plain, directory, at, () => known);
  const decision = resolve(directory, call, at, { trace: true });
  const facts = { live: isLive, ...toFactsUsed(call.read) };
  const path = play(directory, call, decision, at, body.assume?.outcomes ?? {});
  return { ...decisionDocument(decision), at: formatInstant(at), path, facts };
}

/** What the decision has read, and no more: with another of these it might have come out otherwise. */
function toFactsUsed(read: FactsRead | undefined) {
  const { lastAnswered = {}, ...rest } = byId(read ?? []);
  const answered = Object.entries(lastAnswered).map(([id, at]) => [id, formatInstant(at)] as const);
  const kinds = Object.entries({ ...rest, lastAnswered: Object.fromEntries(answered) });
  return Object.fromEntries(kinds.filter(([, values]) => Object.keys(values).length > 0));
}

function toCall(directory: Directory, body: SimulateBody, issues: Issues): Call {
  return {
    callId: body.callId ?? 'simulation',
    from: body.from === undefined ? STRANGER : parseCaller(body.from, directory),
    to: toDialled(directory, body, issues),
  };
}

function toDialled(directory: Directory, { to, extension }: SimulateBody, issues: Issues): Dialled {
  if ((to === undefined) === (extension === undefined)) {
    issues.add('/to', 'required', 'Send exactly one of `to` and `extension`.');
  }
  if (extension !== undefined) return { kind: 'extension', extension };
  return parseDialled(to ?? '', directory);
}

function toFacts(assume: SimulateBody['assume'], issues: Issues): Facts {
  const { presence = {}, facts = {} } = assume ?? {};
  const { lastAnswered = {}, ...counts } = facts;
  const byUser = Object.entries(presence).map(([key, state]) => [key.slice('user:'.length), state] as const);
  const answered = Object.entries(lastAnswered).map(
    ([id, at]) => [id, parseInstant(issues, `/assume/facts/lastAnswered/${id}`, at)] as const,
  );
  return given({
    ...counts,
    presence: Object.fromEntries(byUser),
    lastAnswered: Object.fromEntries(answered),
  });
}
