import { within } from '../../storage/breaker.ts';
import { inOrganization } from '../../storage/database.ts';
import { isUnavailable } from '../../storage/database-error.ts';
import {
  holdDistribution,
  listWaitingOrganizations,
  lockDistribution,
  type NewWait,
  sweepQueueWaits,
} from '../../storage/queue-waits.ts';
import type { CallLog, CallLogEntry } from '../calls/call-log.ts';
import type { Directory } from '../domain/directory.ts';
import type { LegEvent } from '../domain/wait-record.ts';
import { buildMemberCalls, type MemberCalls } from './member-calls.ts';
import { applyEvents } from './waiting-apply.ts';
import { type BoardCall, buildWaitingBoard, type Standing, type WaitingBoard } from './waiting-board.ts';
import { buildEarlyEnds, type EarlyEnds } from './waiting-early.ts';
import { type Effects, noEffects } from './waiting-effects.ts';
import {
  hasQueuesThatWait,
  type QueuedCaller,
  toWait,
  toWaitingEvents,
  type WaitingEvent,
} from './waiting-events.ts';
import type { CallerPlace, SeenCaller, WaitingRoomPorts } from './waiting-ports.ts';
import { readBoard, tellQueues } from './waiting-rows.ts';
import { takeTurn } from './waiting-turn.ts';

const everyMs = 1_000;
/** Whoever asks for a place does not wait for a database that is away. */
const readMs = 250;
const sweepMs = 60 * 60_000;
/** What cannot be written while Postgres is down; the carrier says again who is there. */
const mostEvents = 20_000;

/**
 * The callers who wait in queues: takes note of them, and offers them to members. Everything that counts is in
 * Postgres, and each turn holds the organization's lock, so any number of processes may do this at the same time, and
 * the others go on where one dies.
 */
export class WaitingRoom implements CallLog {
  readonly #ports: WaitingRoomPorts;
  readonly #board: WaitingBoard;
  readonly #members: MemberCalls;
  readonly #early: EarlyEnds;
  #events: WaitingEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;
  /** Since when everybody could write down that a caller is there. */
  #listeningSince = 0;
  #isCutOff = false;
  #sweptAt = 0;

  constructor(ports: WaitingRoomPorts) {
    this.#ports = ports;
    this.#board = buildWaitingBoard(ports.onCount);
    this.#early = buildEarlyEnds(ports.clock);
    this.#members = buildMemberCalls({ ...ports, note: (event) => this.#take(event) });
  }

  start(): void {
    this.#listeningSince = this.#ports.clock.now();
    this.#timer ??= setInterval(() => this.kick(), everyMs).unref();
    this.kick();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
    // What was heard in the meantime is written down; nobody is rung any more.
    this.#closed = true;
    if (this.#events.length > 0) await this.#round().catch(() => undefined);
    await this.#members.close();
  }

  /** After the answer of every call event: memory only. */
  append(entry: CallLogEntry): void {
    for (const event of toWaitingEvents(entry, (id) => this.#directoryOf(id))) {
      if (!this.#concerns(event)) continue;
      if (event.kind === 'seen') this.#show(event.organizationId, event.wait);
      else this.#board.remove(event.organizationId, event.callId);
      this.#take(event);
    }
  }

  /** The carrier plays music to a caller. Memory only. */
  see(directory: Directory, caller: QueuedCaller): SeenCaller {
    const { organizationId } = directory;
    const { callId } = caller;
    const wait = toWait(directory, caller, this.#ports.clock.now());
    const isNew = this.#show(organizationId, wait);
    this.#take({ organizationId, callId, kind: 'seen', wait });
    const place = this.#board.place(organizationId, callId);
    // Who came in elsewhere: the others are not known here yet either.
    const isKnown = place !== undefined && !isNew;
    const { leaving = null, isOffered = false } = place ?? {};
    return { position: isKnown ? place.position : null, leaving, isOffered, isNew };
  }

  /** What has come of a caller's wait so far. Memory only. */
  standing(organizationId: string, callId: string): Standing {
    return this.#board.standing(organizationId, callId);
  }

  /** Undefined: the call does not wait. From memory, unless nothing is known of the call here. */
  async placeOf(organizationId: string, callId: string): Promise<CallerPlace | undefined> {
    const known = this.#placeHere(organizationId, callId);
    if (known !== undefined) return known;
    const read = inOrganization(
      this.#ports.database,
      organizationId,
      (trx) => readBoard(trx, organizationId),
      {
        readOnly: true,
      },
    );
    this.#replaceBoard(organizationId, await within(readMs, read));
    return this.#placeHere(organizationId, callId);
  }

  /** What a telephone of a member does. Memory only. */
  noteMember(organizationId: string, callId: string, offerId: string, leg: LegEvent): void {
    this.#take({ organizationId, callId, kind: 'leg', offerId, leg });
  }

  kick(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#running ??= this.#rounds().finally(() => {
      this.#running = undefined;
    });
  }

  #directoryOf(organizationId: string): Directory | undefined {
    return this.#ports.directories.get(organizationId)?.directory;
  }

  #concerns({ organizationId, callId, kind }: WaitingEvent): boolean {
    if (kind === 'seen' || kind === 'turned-away' || this.#board.knows(organizationId, callId)) return true;
    const directory = this.#directoryOf(organizationId);
    return directory === undefined || hasQueuesThatWait(directory);
  }

  #placeHere(organizationId: string, callId: string): CallerPlace | undefined {
    const call = this.#board.find(organizationId, callId);
    const place = this.#board.place(organizationId, callId);
    return call === undefined || place === undefined ? undefined : { call, place };
  }

  #replaceBoard(organizationId: string, board: readonly BoardCall[]): void {
    this.#board.replace(organizationId, board);
    // Who came in the meantime is not in the rows yet.
    for (const event of this.#events) {
      if (event.kind === 'seen') this.#show(event.organizationId, event.wait);
    }
  }

  #show(organizationId: string, wait: NewWait): boolean {
    const { callId, queueId, priority, enteredAt, expiresAt } = wait;
    return this.#board.add(organizationId, {
      ...{ callId, queueId, priority, enteredAt, expiresAt },
      leaving: null,
      isOffered: false,
      declined: [],
    });
  }

  #take(event: WaitingEvent): void {
    if (this.#events.length < mostEvents) this.#events.push(event);
    if (this.#timer !== undefined) setImmediate(() => this.kick());
  }

  async #rounds(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#round();
      } catch (error) {
        if (!isUnavailable(error)) this.#ports.onError(error, 'the queues could not be read');
        // The timer tries again.
        return;
      }
    }
  }

  async #round(): Promise<void> {
    const events = this.#events;
    this.#events = [];
    const byOrganization = Map.groupBy(events, (event) => event.organizationId);
    let waiting: readonly string[] = [];
    try {
      waiting = await listWaitingOrganizations(this.#ports.database);
    } catch (error) {
      this.#keep(events);
      throw error;
    }
    if (this.#isCutOff) this.#listeningSince = this.#ports.clock.now();
    this.#isCutOff = false;
    const ids = new Set([...byOrganization.keys(), ...waiting, ...this.#board.organizations()]);
    for (const id of ids) await this.#serve(id, byOrganization.get(id) ?? []);
    await this.#sweep();
  }

  async #serve(organizationId: string, events: readonly WaitingEvent[]): Promise<void> {
    const { database, clock, tell, onError } = this.#ports;
    try {
      const effects = noEffects();
      let early: readonly WaitingEvent[] = [];
      const board = await inOrganization(database, organizationId, async (trx) => {
        // What happened is written down, after whoever is at it; without anything new, one process is enough.
        let mine = true;
        if (events.length > 0) await holdDistribution(trx, organizationId);
        else mine = await lockDistribution(trx, organizationId);
        early = await applyEvents(trx, organizationId, events, effects);
        if (mine && !this.#closed) await this.#turn(trx, organizationId, effects);
        const calls = await readBoard(trx, organizationId);
        await tellQueues(trx, organizationId, calls, effects.changedQueues, clock.now());
        return calls;
      });
      this.#replaceBoard(organizationId, board);
      for (const event of early) this.#early.note(event);
      for (const event of this.#early.take(organizationId, board)) this.#take(event);
      for (const entry of effects.entries) tell(entry);
      this.#members.carryOut(effects);
    } catch (error) {
      if (isUnavailable(error)) this.#keep(events);
      // What Postgres does not take today it does not take tomorrow; the others are not to suffer from it.
      else if (events.length > 1) for (const event of events) await this.#serve(organizationId, [event]);
      else onError(error, 'callers who wait could not be served');
    }
  }

  /** Until Postgres is back. The other processes may be later than this one to write down whom they have seen. */
  #keep(events: readonly WaitingEvent[]): void {
    this.#isCutOff = true;
    this.#events = [...events, ...this.#events].slice(0, mostEvents);
  }

  #turn(trx: Parameters<typeof takeTurn>[0], organizationId: string, effects: Effects): Promise<void> {
    const { clock, newId, factsOf } = this.#ports;
    const turn = { newId, factsOf, now: clock.now(), listeningSince: this.#listeningSince };
    return takeTurn(trx, organizationId, this.#directoryOf(organizationId), turn, effects);
  }

  async #sweep(): Promise<void> {
    const now = this.#ports.clock.now();
    if (now < this.#sweptAt + sweepMs) return;
    this.#sweptAt = now;
    await sweepQueueWaits(this.#ports.database);
  }
}
