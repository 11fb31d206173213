import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { closed, Id, Instant } from '../schemas.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });
const seconds = (description: string) => nullable(Type.Number({ minimum: 0, description }));

const waited = 'Of those who waited, and do not wait any more, so without whoever was sent on at once;';

export const ServiceQuery = Type.Object(
  {
    within: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 3_600, description: 'Seconds; 20 when left out.', examples: [20] }),
    ),
  },
  closed,
);

export const QueueService = Type.Object(
  {
    asOf: Instant,
    waiting: count('Callers who wait at this moment.'),
    longestWaitSeconds: seconds('Of those who wait now; null: nobody does.'),
    callers: Type.Array(
      Type.Object(
        {
          callId: Type.String(),
          enteredAt: Instant,
          waitSeconds: Type.Number({ minimum: 0 }),
          priority: Type.Integer({ description: '1 is served first.' }),
          offeredTo: Type.Array(Id, { description: 'Who is rung for this caller now.' }),
        },
        closed,
      ),
      {
        maxItems: 100,
        description: 'The first hundred of those who wait, in the order in which they are served.',
      },
    ),
    today: Type.Object(
      {
        since: Instant,
        withinSeconds: Type.Integer(),
        entered: count('Callers who came, with those who were sent on at once.'),
        answered: count('Of these, who were answered.'),
        answeredWithin: count('Of these, who were answered within `withinSeconds`.'),
        abandoned: count('Who hung up while they waited.'),
        overflowed: count('Who were sent on to where the settings of the queue lead.'),
        overflowedBy: Type.Object(
          {
            time: count('After the longest wait.'),
            length: count('Because as many waited as may.'),
            noAgent: count('Because nobody was there, or left, who could take the call.'),
          },
          { ...closed, description: 'Why; adds up to `overflowed`.' },
        ),
        averageWaitSeconds: seconds(`${waited} null: there are none.`),
        longestWaitSeconds: seconds(`${waited} null: there are none.`),
      },
      { ...closed, description: "The day of the organization's zone." },
    ),
  },
  {
    ...closed,
    description:
      'Only of queues in which callers wait; a queue that rings its members has no waiting callers.',
  },
);
export type QueueService = Static<typeof QueueService>;
