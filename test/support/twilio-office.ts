import type {
  DirectoryData,
  NumberData,
  OrganizationData,
  QueueData,
  UserData,
} from '../../services/routing/domain/directory-data.ts';

/**
 * A small office for tests of the Twilio scope, as the plain form of a directory. Ids are UUIDs made of a number, so a
 * failing test shows who is meant.
 */
export function idOf(group: 'organization' | 'user' | 'queue' | 'number', index: number): string {
  const groups = { organization: '0001', user: '0002', queue: '0003', number: '0004' };
  return `019aa000-${groups[group]}-7000-8000-${(groups[group] + index.toString(16).padStart(8, '0')).padStart(12, '0')}`;
}

export const ACCOUNT_SID = `AC${'a1'.repeat(16)}`;
export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
/** The number that callers dial unless a test says otherwise. */
export const OFFICE_NUMBER = '+14155550100';

export function user(index: number, name: string, changes: Partial<UserData> = {}): UserData {
  const extension = String(200 + index);
  return {
    id: idOf('user', index),
    name,
    status: 'active',
    extension,
    timeZone: 'Europe/Madrid',
    fallbackUserId: null,
    reassignedToUserId: null,
    ifUnavailable: { action: 'none' },
    ringSeconds: null,
    callLimit: null,
    doNotDisturb: { on: false, until: null },
    forwardAll: null,
    devices: [{ kind: 'sip', address: `sip:${extension}@pbx.example`, enabled: true }],
    mobile: { ringApp: true, quietHours: null },
    weekly: null,
    overrides: [],
    ...changes,
  };
}

export function queue(
  index: number,
  name: string,
  members: readonly UserData[],
  changes: Partial<QueueData> = {},
): QueueData {
  return {
    id: idOf('queue', index),
    name,
    kind: 'queue',
    parentQueueId: null,
    extension: String(500 + index),
    strategy: 'all',
    ringSeconds: 15,
    noAgentTarget: null,
    members: members.map((member) => ({ userId: member.id, priority: 1 })),
    ...changes,
  };
}

export function number(index: number, e164: string, changes: Partial<NumberData> = {}): NumberData {
  return {
    id: idOf('number', index),
    number: e164,
    name: '',
    timeZone: 'Europe/Madrid',
    target: null,
    override: null,
    callerRules: [],
    stickyRouting: false,
    calendar: null,
    callerIdFor: [],
    ...changes,
  };
}

type Office = {
  readonly users?: readonly UserData[];
  readonly queues?: readonly QueueData[];
  readonly numbers?: readonly NumberData[];
  readonly organization?: Partial<OrganizationData>;
  readonly version?: number;
};

export function office(parts: Office = {}): DirectoryData {
  return {
    format: 1,
    version: parts.version ?? 7,
    organization: {
      id: idOf('organization', 1),
      slug: 'office',
      name: 'Office',
      timeZone: 'Europe/Madrid',
      defaultCountry: 'US',
      language: 'en',
      texts: {},
      sipDomain: 'pbx.example',
      forwarding: { countries: ['US'], kinds: ['fixed', 'mobile'], confirm: true },
      anonymousCallers: 'allow',
      blockList: [],
      holidays: [],
      lastResort: null,
      ringSeconds: 20,
      policies: { forwardBeatsDnd: false, voicemailOf: 'first' },
      ...parts.organization,
    },
    users: parts.users ?? [],
    queues: parts.queues ?? [],
    numbers: parts.numbers ?? [],
    leads: [],
    apiKeys: [],
    carrierAccounts: [],
  };
}
