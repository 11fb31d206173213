import type { DirectoryData, UserData, WeekData } from '../services/routing/domain/directory-data.ts';

/** A directory of any size with real-looking hours: what the benchmarks route by. Deterministic. */

const ZONES = ['America/New_York', 'Europe/Madrid', 'Europe/Berlin', 'Asia/Kolkata', 'America/Los_Angeles'];

export function idOf(kind: number, index: number): string {
  return `01900000-000${kind}-7000-8000-${index.toString(16).padStart(12, '0')}`;
}

/** National significant digits from 2025550000 up; the carrier's numbers of the users. */
export function didOf(index: number): string {
  return `+1${(2_025_550_000 + index).toString()}`;
}

export function benchDirectory(size: number): DirectoryData {
  // As it comes from a store: each text in one piece, which one that was put together here is not.
  const read: DirectoryData = JSON.parse(JSON.stringify(makeDirectory(size)));
  return read;
}

function makeDirectory(size: number): DirectoryData {
  const users = Array.from({ length: size }, (_, index) => benchUser(index, size));
  return {
    format: 1,
    version: 1,
    organization: {
      id: idOf(0, 1),
      slug: 'bench',
      name: 'Bench',
      timeZone: 'America/New_York',
      defaultCountry: 'US',
      language: 'en',
      texts: {},
      sipDomain: 'pbx.example',
      forwarding: { countries: ['US'], kinds: ['fixed', 'mobile'], confirm: true },
      anonymousCallers: 'allow',
      blockList: ['+19005550100', '+1976*'],
      holidays: [{ from: '2026-12-25', to: '2026-12-25', yearly: true, name: 'Christmas' }],
      lastResort: null,
      ringSeconds: 20,
      policies: { forwardBeatsDnd: false, voicemailOf: 'first' },
    },
    users,
    queues: [],
    numbers: users.map((user, index) => ({
      id: idOf(2, index),
      number: didOf(index),
      name: '',
      timeZone: user.timeZone,
      target: { type: 'user', id: user.id },
      override: null,
      callerRules: [],
      stickyRouting: false,
      calendar: null,
      callerIdFor: [],
    })),
    leads: [],
    apiKeys: [],
    carrierAccounts: [],
  };
}

function benchUser(index: number, size: number): UserData {
  const extension = String(100_000 + index);
  return {
    id: idOf(1, index),
    name: `User ${index}`,
    status: index % 97 === 0 ? 'inactive' : 'active',
    extension,
    timeZone: ZONES[index % ZONES.length] ?? 'Etc/UTC',
    fallbackUserId: index % 3 === 0 ? idOf(1, (index + 1) % size) : null,
    reassignedToUserId: null,
    ifUnavailable: { action: index % 5 === 0 ? 'none' : 'voicemail' },
    ringSeconds: null,
    callLimit: index % 4 === 0 ? 2 : null,
    doNotDisturb: { on: false, until: null },
    forwardAll: null,
    devices: [{ kind: 'sip', address: `sip:${extension}@pbx.example`, enabled: true }],
    mobile: { ringApp: true, quietHours: null },
    weekly: benchWeek(index),
    overrides: index % 10 === 0 ? [holiday(index, size)] : [],
  };
}

/** Two windows a day that start at one of 24 quarter hours; Saturday off with a fallback for some, Sunday off. */
function benchWeek(index: number): WeekData {
  const start = 6 * 60 + (index % 24) * 15;
  const day = {
    available: true,
    windows: [
      [start, start + 240],
      [start + 300, start + 540],
    ],
  } as const;
  const off = { available: false, fallbackUserId: null } as const;
  return [day, day, day, day, day, off, off];
}

function holiday(index: number, size: number): UserData['overrides'][number] {
  return {
    id: idOf(3, index),
    from: '2026-12-24',
    to: '2026-12-31',
    available: false,
    fallbackUserId: idOf(1, (index + 7) % size),
  };
}
