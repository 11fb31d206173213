import type { Call, Dialled } from './call.ts';
import type { Decision, Outcome, Step } from './decision.ts';
import { type Directory, nameOf } from './directory.ts';
import { explain, type WalkEvent } from './resolve.ts';
import type { Subject, TraceEntry } from './trace.ts';

/**
 * What happens to a call, as a picture: whom it comes to, what rings, and on which condition it goes on. Drawn from the
 * same `resolve` as a live call, so it cannot say anything else than the call would get.
 */

export type FlowNode = {
  /** `call`, `n1`, `n2` … for whom the call comes to, and the ids of the steps. */
  readonly id: string;
  readonly type: 'call' | 'number' | 'user' | 'queue' | 'organization' | 'step';
  readonly name: string;
  /** Who it is about; null: a step that is about nobody, such as an announcement. */
  readonly subject: { readonly type: Subject['type']; readonly id: string } | null;
  /** The step, where it is one. */
  readonly step: Step | null;
  /** The rules that were looked at here, in their order. */
  readonly rules: readonly TraceEntry[];
  /** `loop`: the call has been here before. `dead-end`: nobody is rung any more and no message can be left. */
  readonly mark: 'loop' | 'dead-end' | null;
};

export type FlowEdge = {
  readonly from: string;
  readonly to: string;
  /** Outcomes of the step that it leaves; null: always. */
  readonly when: readonly Outcome[] | null;
  /** Why the call goes this way, in words; null: nothing was to be decided. */
  readonly because: string | null;
  /** Back to where the call has been: drawn, and not followed. */
  readonly isLoop: boolean;
};

export type Flow = {
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
  /** Nodes that are marked. */
  readonly loops: readonly string[];
  readonly deadEnds: readonly string[];
  readonly decision: Decision;
};

/** An ordinary outside caller: no lead, no prefix, but the rule for outside callers. */
const STRANGER = { kind: 'address', address: 'flow' } as const;

/** @param instant epoch ms */
export function flow(directory: Directory, to: Dialled, instant: number): Flow {
  const call: Call = { callId: 'flow', from: STRANGER, to };
  const { decision, events } = explain(directory, call, instant);
  const drawing = startDrawing(directory, to);
  const bySteps = Map.groupBy(events, (event) => event.steps);
  for (const [index, step] of decision.steps.entries()) {
    drawing.leave(step.after ?? decision.steps[index - 1]?.id ?? 'call', step.when ?? null);
    for (const event of bySteps.get(index) ?? []) drawing.meet(event);
    drawing.draw(step);
  }
  for (const event of bySteps.get(decision.steps.length) ?? []) drawing.meet(event);
  return finish(drawing, decision);
}

type Draft = { -readonly [K in keyof FlowNode]: FlowNode[K] } & { rules: TraceEntry[] };

type Drawing = {
  readonly nodes: readonly Draft[];
  readonly edges: readonly FlowEdge[];
  leave(from: string, when: readonly Outcome[] | null): void;
  meet(event: WalkEvent): void;
  draw(step: Step): void;
};

function startDrawing(directory: Directory, to: Dialled): Drawing {
  const own = new Set(directory.data.numbers.map((number) => number.id));
  const start = startNode(directory, to);
  const nodes: Draft[] = [start];
  const edges: FlowEdge[] = [];
  let current = start;
  let when: readonly Outcome[] | null = null;
  const go = (next: Draft): void => {
    const because = current.rules.findLast((rule) => rule.outcome === 'applied')?.because ?? null;
    nodes.push(next);
    edges.push({ from: current.id, to: next.id, when, because, isLoop: false });
    current = next;
    when = null;
  };
  const place = (type: Draft['type'], subject: Subject, mark: Draft['mark'] = null): Draft => ({
    id: `n${nodes.length}`,
    type,
    name: subject.name,
    subject: { type: subject.type, id: subject.id },
    step: null,
    rules: [],
    mark,
  });
  const comeBack = (entry: TraceEntry): void => {
    const { id, type } = entry.subject;
    const before = nodes.find((node) => node.subject?.id === id && node.step === null);
    go(place(placeType(type), entry.subject, 'loop'));
    if (before !== undefined)
      edges.push({ from: current.id, to: before.id, when: null, because: entry.because, isLoop: true });
  };
  const note = (entry: TraceEntry): void => {
    const { rule, subject } = entry;
    if (rule === 'loop') comeBack(entry);
    else if (rule === 'depth') go(place(placeType(subject.type), subject, 'dead-end'));
    else if (rule === 'last-resort') go(place('organization', subject));
    else if (subject.type === 'number' && own.has(subject.id) && current.subject?.id !== subject.id)
      go(place('number', subject));
    current.rules.push(entry);
  };
  return {
    nodes,
    edges,
    leave: (from, outcomes) => {
      current = nodes.find((node) => node.id === from) ?? start;
      when = outcomes;
    },
    meet: (event) => {
      if (event.kind === 'noted') return note(event.entry);
      if (event.subject.type === 'user' || event.subject.type === 'queue')
        go(place(event.subject.type, event.subject));
    },
    draw: (step) => {
      const { name, subject } = describeStep(directory, step);
      go({ id: step.id, type: 'step', name, subject, step, rules: [], mark: null });
    },
  };
}

function placeType(type: Subject['type']): Draft['type'] {
  return type === 'queue' || type === 'number' ? type : 'user';
}

function startNode(directory: Directory, to: Dialled): Draft {
  const base = { id: 'call', type: 'call', step: null, rules: [], mark: null } as const;
  if (to.kind === 'user' || to.kind === 'queue') {
    const name = `A call for ${nameOf(directory, to.id)}`;
    return { ...base, rules: [], name, subject: null };
  }
  const dialled = to.kind === 'number' ? to.number : to.kind === 'extension' ? to.extension : to.raw;
  const number = directory.numbers.get(dialled);
  const subject = number === undefined ? null : ({ type: 'number', id: number.data.id } as const);
  return { ...base, rules: [], name: `A call to ${number?.data.name || dialled}`, subject };
}

function describeStep(directory: Directory, step: Step): Pick<FlowNode, 'name' | 'subject'> {
  switch (step.action) {
    case 'ring': {
      const [first] = step.targets;
      const names = step.targets.map((target) => nameOf(directory, target.userId)).join(', ');
      const alone = first !== undefined && step.targets.length === 1;
      return {
        name: `Ring ${names} for ${step.timeoutSeconds} seconds`,
        subject: alone ? { type: 'user', id: first.userId } : null,
      };
    }
    case 'forward':
      return { name: `Call ${step.target.number} for ${step.timeoutSeconds} seconds`, subject: null };
    case 'queue':
      return {
        name: `Wait in ${nameOf(directory, step.queueId)}`,
        subject: { type: 'queue', id: step.queueId },
      };
    case 'menu':
      return { name: 'Ask for an extension', subject: null };
    case 'voicemail':
      return { name: `Voicemail of ${nameOf(directory, step.mailbox.id)}`, subject: step.mailbox };
    case 'announce':
      return { name: `Announce “${step.text}”`, subject: null };
    case 'reject':
      return { name: `Refuse the call (${step.reason})`, subject: null };
    case 'hangup':
      return { name: 'End the call', subject: null };
  }
}

function finish(drawing: Drawing, decision: Decision): Flow {
  const intended = decision.trace.some(isIntended);
  const nodes = drawing.nodes.map((node) =>
    !intended && (node.step?.action === 'hangup' || node.step?.action === 'reject')
      ? { ...node, mark: 'dead-end' as const }
      : node,
  );
  const marked = (mark: FlowNode['mark']) =>
    nodes.filter((node) => node.mark === mark).map((node) => node.id);
  return { nodes, edges: drawing.edges, loops: marked('loop'), deadEnds: marked('dead-end'), decision };
}

/** Somebody closed the number, or keeps this caller out: that nobody answers is what was wanted. */
function isIntended({ rule, outcome }: TraceEntry): boolean {
  return (
    outcome === 'applied' &&
    (rule === 'number.closed' || rule === 'number.override' || rule === 'caller.blocked')
  );
}
