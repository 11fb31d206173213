import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { closed, Instant, oneOf } from '../schemas.ts';

export const FlowQuery = Type.Object(
  { at: Type.Optional(Instant) },
  { ...closed, description: '`at` left out: now.' },
);
export type FlowQuery = Static<typeof FlowQuery>;

const Rule = Type.Object(
  { rule: Type.String(), outcome: oneOf(['applied', 'passed']), because: Type.String() },
  { additionalProperties: true, description: 'One entry of the trace.' },
);

const Node = Type.Object(
  {
    id: Type.String({ description: '`call`, `n1` … for whom the call comes to, and the ids of steps.' }),
    type: oneOf(['call', 'number', 'user', 'queue', 'organization', 'step']),
    name: Type.String({ description: 'What to write on it.' }),
    subject: nullable(Type.Object({ type: Type.String(), id: Type.String() }, closed)),
    step: nullable(
      Type.Object(
        { id: Type.String(), action: Type.String() },
        { additionalProperties: true, description: 'The step as /v1/route answers it.' },
      ),
    ),
    rules: Type.Array(Rule),
    mark: nullable(
      oneOf(
        ['loop', 'dead-end'],
        'loop: the call has been here before. dead-end: nobody is rung any more and no message can be left.',
      ),
    ),
  },
  closed,
);

const Edge = Type.Object(
  {
    from: Type.String(),
    to: Type.String(),
    when: nullable(
      Type.Array(Type.String(), { description: 'Outcomes of the step that it leaves; null: always.' }),
    ),
    because: nullable(Type.String()),
    isLoop: Type.Boolean({ description: 'Back to where the call has been.' }),
  },
  closed,
);

export const Flow = Type.Object(
  {
    at: Instant,
    validUntil: nullable(Instant),
    directoryVersion: Type.Integer(),
    answeredBy: nullable(
      Type.Object(
        { type: Type.String(), id: Type.String(), extension: nullable(Type.String()) },
        { ...closed, description: 'Who is rung first.' },
      ),
    ),
    nodes: Type.Array(Node),
    edges: Type.Array(Edge),
    loops: Type.Array(Type.String(), { description: 'Ids of the nodes that are marked.' }),
    deadEnds: Type.Array(Type.String()),
  },
  closed,
);
export type Flow = Static<typeof Flow>;
