import type { Dialled } from '../../../services/routing/domain/call.ts';
import { decisionDocument } from '../../../services/routing/domain/decision-document.ts';
import type { Directory } from '../../../services/routing/domain/directory.ts';
import { flow } from '../../../services/routing/domain/flow.ts';
import { problem } from '../../../services/routing/errors.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { formatInstant, parseInstant } from '../instants.ts';
import { buildIssues } from '../issues.ts';
import type { Flow, FlowQuery } from './schema.ts';

/** What happens to a call for this user. */
export async function drawUser(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  query: FlowQuery,
): Promise<Flow> {
  const directory = await getDirectory(context, request);
  if (!directory.users.has(id)) throw problem('user.not-found');
  return draw(directory, { kind: 'user', id }, query, request.instant);
}

/** What happens to a call to this number from an outside caller whom nobody knows. */
export async function drawNumber(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  query: FlowQuery,
): Promise<Flow> {
  const directory = await getDirectory(context, request);
  const found = directory.data.numbers.find((number) => number.id === id);
  if (found === undefined) throw problem('number.not-found');
  return draw(directory, { kind: 'number', number: found.number }, query, request.instant);
}

async function getDirectory(context: AdminContext, { actor }: AdminRequest): Promise<Directory> {
  const entry = await context.directories.load(actor.organizationId);
  if (entry === undefined) throw problem('store.unavailable');
  return entry.directory;
}

function draw(directory: Directory, to: Dialled, query: FlowQuery, now: number): Flow {
  const issues = buildIssues('query.invalid');
  const at = query.at === undefined ? now : parseInstant(issues, '/at', query.at);
  issues.refuse();
  const { nodes, edges, loops, deadEnds, decision } = flow(directory, to, at);
  const { validUntil, directoryVersion, answeredBy } = decisionDocument(decision);
  return {
    at: formatInstant(at),
    validUntil,
    directoryVersion,
    answeredBy,
    nodes: nodes.map((node) => ({ ...node, rules: node.rules.map((rule) => ({ ...rule })) })),
    edges: edges.map((edge) => ({ ...edge, when: edge.when === null ? null : [...edge.when] })),
    loops: [...loops],
    deadEnds: [...deadEnds],
  };
}
