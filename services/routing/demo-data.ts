import type {
  DeviceData,
  QueueStrategy,
  UserData,
  WaitingData,
  WindowData,
} from './domain/directory-data.ts';
import type { IfUnavailable } from './domain/target.ts';

/**
 * The demo organization: a travel agency with offices in New York, Madrid and Singapore that passes its calls around
 * the globe. People name each other by key; demo.ts makes ids of them. Numbers are of the ranges kept for fiction.
 */
export type DemoDay =
  /** Windows of the day; none: outside hours all day. */
  | { readonly open: readonly WindowData[] }
  /** Not available; whose calls go to this person. */
  | { readonly offTo: string | null };

export type DemoPerson = {
  readonly key: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly role: 'administrator' | 'manager' | 'agent';
  readonly extension: string;
  readonly timeZone: string;
  readonly fallback: string | null;
  readonly ifUnavailable: IfUnavailable;
  /** Monday to Sunday; null: left out, available all day. */
  readonly week: readonly (DemoDay | null)[] | null;
  readonly devices?: readonly DeviceData['kind'][];
  readonly quietHours?: UserData['mobile']['quietHours'];
  readonly callLimit?: number;
};

const hour = (value: number): number => value * 60;
const nineToFive: DemoDay = { open: [[hour(9), hour(17)]] };
const splitDay: DemoDay = {
  open: [
    [hour(9), hour(14)],
    [hour(16), hour(19)],
  ],
};
/** Ends at six the next morning. */
const night: DemoDay = { open: [[hour(22), hour(6)]] };
const offTo = (key: string | null): DemoDay => ({ offTo: key });
const officeWeek = (day: DemoDay, weekend: string | null): readonly DemoDay[] => [
  day,
  day,
  day,
  day,
  day,
  offTo(weekend),
  offTo(weekend),
];

const voicemail: IfUnavailable = { action: 'voicemail' };
const newYork = 'America/New_York';
const madrid = 'Europe/Madrid';
const singapore = 'Asia/Singapore';

export const demoPeople: readonly DemoPerson[] = [
  {
    key: 'olivia',
    firstName: 'Olivia',
    lastName: 'Hart',
    role: 'administrator',
    extension: '201',
    timeZone: newYork,
    fallback: 'marcus',
    ifUnavailable: voicemail,
    week: officeWeek(nineToFive, 'marcus'),
  },
  {
    key: 'marcus',
    firstName: 'Marcus',
    lastName: 'Bell',
    role: 'manager',
    extension: '202',
    timeZone: newYork,
    fallback: 'ana',
    ifUnavailable: { action: 'voicemail', causes: { declined: { action: 'none' } } },
    week: officeWeek({ open: [[hour(8), hour(18)]] }, 'grace'),
    devices: ['sip', 'app'],
    quietHours: [hour(21), hour(7)],
  },
  {
    key: 'grace',
    firstName: 'Grace',
    lastName: 'Kim',
    role: 'agent',
    extension: '203',
    timeZone: newYork,
    fallback: 'wei',
    ifUnavailable: voicemail,
    // The weekend is hers.
    week: [
      offTo('olivia'),
      offTo('olivia'),
      nineToFive,
      nineToFive,
      nineToFive,
      { open: [[hour(8), hour(20)]] },
      { open: [[hour(8), hour(20)]] },
    ],
  },
  {
    key: 'ana',
    firstName: 'Ana',
    lastName: 'Ruiz',
    role: 'manager',
    extension: '214',
    timeZone: madrid,
    fallback: 'bo',
    ifUnavailable: voicemail,
    week: officeWeek(splitDay, 'grace'),
    callLimit: 2,
  },
  {
    key: 'bo',
    firstName: 'Bo',
    lastName: 'Lindqvist',
    role: 'agent',
    extension: '215',
    timeZone: madrid,
    fallback: 'olivia',
    ifUnavailable: voicemail,
    week: officeWeek({ open: [[hour(10), hour(18)]] }, 'ana'),
  },
  {
    key: 'lucia',
    firstName: 'Lucía',
    lastName: 'Fernández',
    role: 'agent',
    extension: '216',
    timeZone: madrid,
    fallback: 'ana',
    ifUnavailable: voicemail,
    // Fridays until midnight, which is the first instant of Saturday.
    week: [
      splitDay,
      splitDay,
      splitDay,
      splitDay,
      { open: [[hour(16), hour(24)]] },
      offTo('bo'),
      offTo('bo'),
    ],
  },
  {
    key: 'wei',
    firstName: 'Wei',
    lastName: 'Tan',
    role: 'agent',
    extension: '231',
    timeZone: singapore,
    fallback: 'priya',
    ifUnavailable: voicemail,
    week: officeWeek({ open: [[hour(9), hour(18)]] }, 'priya'),
  },
  {
    key: 'priya',
    firstName: 'Priya',
    lastName: 'Nair',
    role: 'agent',
    extension: '232',
    timeZone: singapore,
    fallback: 'wei',
    ifUnavailable: { action: 'none' },
    // The night shift: Friday's window ends on Saturday morning, whatever Saturday says.
    week: [night, night, night, night, night, { open: [] }, { open: [] }],
    devices: ['sip', 'app'],
  },
];

export type DemoQueue = {
  readonly key: string;
  readonly name: string;
  readonly kind: 'queue' | 'department';
  readonly extension: string;
  readonly strategy: QueueStrategy;
  readonly ringSeconds: number;
  /** In the order of priority. */
  readonly members: readonly string[];
  readonly otherwise: { readonly queue: string } | { readonly voicemail: true };
  /** Callers wait for the next free member; who waited too long leaves a message. */
  readonly waiting?: Omit<WaitingData, 'overflow'>;
};

/** Whoever plans a journey for forty people is worth waiting for. */
export const demoWaitingQueue = { key: 'groups', extension: '320' } as const;

export const demoQueues: readonly DemoQueue[] = [
  {
    key: 'front-desk',
    name: 'Front desk',
    kind: 'department',
    extension: '300',
    strategy: 'all',
    ringSeconds: 20,
    members: ['olivia', 'marcus', 'grace'],
    otherwise: { queue: 'travellers' },
  },
  {
    key: 'travellers',
    name: 'Travellers abroad',
    kind: 'queue',
    extension: '310',
    strategy: 'sequential',
    ringSeconds: 15,
    members: ['lucia', 'bo', 'wei', 'priya'],
    otherwise: { voicemail: true },
  },
  {
    ...demoWaitingQueue,
    name: 'Group bookings',
    kind: 'queue',
    strategy: 'least-recent',
    ringSeconds: 15,
    members: ['ana', 'grace', 'bo', 'wei', 'priya'],
    otherwise: { voicemail: true },
    waiting: { maxWaitSeconds: 180, maxWaiting: 4, priority: 50 },
  },
];

export const demoNumbers = {
  /** To the front desk, with opening hours and sticky routing. */
  main: '+12025550100',
  /** To the queue for travellers, at any hour. */
  emergency: '+12025550101',
  /** Straight to Ana. */
  ana: '+12025550114',
} as const;

/** A lead of Ana's, who is the caller of the printed first call. */
export const demoCaller = '+12125550142';

export const demoLeads: readonly {
  readonly name: string;
  readonly owner: string | null;
  readonly numbers: readonly string[];
}[] = [
  { name: 'Jordan Blake', owner: 'ana', numbers: [demoCaller] },
  { name: 'Northwind Tours', owner: 'marcus', numbers: ['+13105550107', '+13105550108'] },
  { name: 'Elena Petrova', owner: 'bo', numbers: ['+14155550123'] },
  { name: 'Walk-in, no owner yet', owner: null, numbers: ['+16175550150'] },
];

export const demoBlockList: readonly string[] = ['+12025550199', '+1900*'];
