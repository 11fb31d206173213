import fc from 'fast-check';
import { test } from 'tap';
import { compileDirectory } from '../../../../services/routing/domain/directory.ts';
import { flow } from '../../../../services/routing/domain/flow.ts';
import { resolve } from '../../../../services/routing/domain/resolve.ts';
import { anyDialled, anyDirectory, instant } from '../../../support/directory-arbitrary.ts';

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
const stranger = { kind: 'address', address: 'flow' } as const;

function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

test('a flow has every step and every rule of the decision, and hangs together, for any organization', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(anyDirectory, anyDialled, instant, (data, to, at) => {
      const directory = compileDirectory(data);
      const { nodes, edges, loops, deadEnds } = flow(directory, to, at);
      const decision = resolve(directory, { callId: 'flow', from: stranger, to }, at, { trace: true });
      const steps = nodes.flatMap((node) => node.step ?? []);
      holds(JSON.stringify(steps) === JSON.stringify(decision.steps), 'the steps are those of the decision');
      holds(nodes.flatMap((node) => node.rules).length === decision.trace.length, 'every rule is somewhere');
      const ids = new Set(nodes.map((node) => node.id));
      holds(ids.size === nodes.length, 'an id for each node');
      const tree = edges.filter((edge) => !edge.isLoop);
      holds(tree.length === nodes.length - 1, 'one way to every node but the first');
      const arrived = new Set(['call', ...tree.map((edge) => edge.to)]);
      holds(
        nodes.every((node) => arrived.has(node.id)),
        'nothing hangs in the air',
      );
      holds(
        edges.every((edge) => ids.has(edge.from) && ids.has(edge.to)),
        'edges lead from node to node',
      );
      const went = decision.trace.filter((entry) => entry.rule === 'loop').length;
      holds(loops.length === went, 'every loop is marked');
      holds(
        deadEnds.every((id) => ids.has(id)),
        'dead ends are nodes',
      );
    }),
    { seed, numRuns: 150 },
  );
  t.pass('holds');
});
