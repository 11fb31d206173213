import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** process.env is read in config.ts only, and Postgres shall not see the service's secrets anyway. */
export const childEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const;

/** How a Postgres is started as this user on this system, so that it does not outlive this process. */
export type Launcher = {
  /** Put before every command. */
  readonly prefix: readonly string[];
  /** The user whom the data must belong to. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** `signal`: the kernel tells Postgres when this process is gone. `pipe`: a shell waits for the end of its input. */
  readonly parentDeath: 'signal' | 'pipe';
  /** flock(1) keeps two servers off the same data also where process numbers repeat, as in containers. */
  readonly lock: boolean;
};

/** Exit codes of the start script; Postgres itself ends with 0 to 3. */
export const dataInUse = 75;

const untilParentDies = ['setpriv', '--pdeathsig', 'INT'];
const nobody = 65_534;
const asNobody = [
  'setpriv',
  `--reuid=${nobody}`,
  `--regid=${nobody}`,
  '--clear-groups',
  '--pdeathsig',
  'INT',
];

/**
 * In a user namespace Postgres sees itself as another user, while its files belong to the one who started it: no folder
 * changes hands, and a home of mode 0700 can be entered. The user must have a name, which initdb looks up: mostly 1000
 * is one's own, 1 is `daemon` or `bin`, 65534 `nobody`.
 */
const inNamespace = [1000, 1, nobody].map((id) => [
  ...['unshare', '--user', `--map-user=${id}`, `--map-group=${id}`],
  ...untilParentDies,
]);

export async function findLauncher(needed: {
  readonly program: string;
  readonly folder: string;
}): Promise<Launcher> {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || gid === undefined) {
    throw new Error(
      'The embedded database does not run on this system: set DATABASE_URL to a PostgreSQL of yours',
    );
  }
  const lock = await works(['flock', '--version']);
  const owner = { uid, gid };
  if (uid !== 0 && (await works(['id', '-un']))) {
    const signal = await works([...untilParentDies, 'true']);
    return { prefix: signal ? untilParentDies : [], owner, parentDeath: signal ? 'signal' : 'pipe', lock };
  }
  // Postgres refuses to run as root, initdb as a user without a name.
  for (const prefix of inNamespace) {
    if ((await works([...prefix, 'id', '-un'])) && (await works([...prefix, needed.program, '--version']))) {
      return { prefix, owner, parentDeath: 'signal', lock };
    }
  }
  if (uid !== 0) {
    throw new Error(
      `The embedded database cannot run as user ${uid} here, who has no name in /etc/passwd, where user namespaces are ` +
        'refused (unshare --user). Start as a user with a name, or set DATABASE_URL',
    );
  }
  if (
    (await works([...asNobody, needed.program, '--version'])) &&
    (await works([...asNobody, 'test', '-x', needed.folder]))
  ) {
    return { prefix: asNobody, owner: { uid: nobody, gid: nobody }, parentDeath: 'signal', lock };
  }
  throw new Error(
    'The embedded database cannot run as root here: user namespaces are refused (unshare --user), and the user ' +
      `nobody cannot enter ${needed.folder} or run ${needed.program}. Start as an ordinary user, or set DATABASE_URL`,
  );
}

async function works(command: readonly string[]): Promise<boolean> {
  const [program = '', ...args] = command;
  try {
    await run(program, args, { env: childEnvironment, timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/**
 * $1 is the process that must live. Between its fork and the kernel's promise to report its death it may have died:
 * then its child has another parent already. Under the lock a postmaster.pid can only be a stale one.
 */
const signalScript = `
parent=; read -r _ _ _ parent _ 2>/dev/null </proc/$$/stat
[ -z "$parent" ] || [ "$parent" = "$1" ] || exit 1
[ -z "$2" ] || rm -f "$2"
shift 2
exec "$@"`;

/**
 * Ends the server when the input ends: at close(), or because the parent is gone. The input is kept as 3, because what
 * a shell starts with & reads from nowhere.
 */
const pipeScript = `
[ -z "$2" ] || rm -f "$2"
shift 2
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
trap '' INT TERM
(while read -r _ <&3; do :; done; kill -INT $server) 2>/dev/null &
watcher=$!
wait $server
code=$?
kill -9 $watcher
exit $code`;

/** Starts the server in a session of its own, so that Ctrl-C reaches the service alone, which drains first. */
export function spawnServer(
  launcher: Launcher,
  server: { readonly command: readonly string[]; readonly dataFolder: string; readonly lockFile: string },
  options: { readonly log: number; readonly libraryPath: string | undefined },
): ChildProcess {
  const script = launcher.parentDeath === 'signal' ? signalScript : pipeScript;
  const stalePid = launcher.lock ? `${server.dataFolder}/postmaster.pid` : '';
  const [program = '', ...args] = [
    // A parent that was just killed leaves a server that is still ending: that is waited for.
    ...(launcher.lock ? ['flock', '--no-fork', '-w', '5', '-E', String(dataInUse), server.lockFile] : []),
    ...launcher.prefix,
    ...['sh', '-c', script, 'sh', String(process.pid), stalePid],
    ...server.command,
  ];
  return spawn(program, args, {
    cwd: '/',
    detached: true,
    env: withLibraries(options.libraryPath),
    stdio: [launcher.parentDeath === 'signal' ? 'ignore' : 'pipe', options.log, options.log],
  });
}

/** Runs a program of the package to its end. Its output is the error's where it fails. */
export async function runProgram(
  launcher: Launcher,
  command: readonly string[],
  libraryPath: string | undefined,
): Promise<void> {
  const [program = '', ...args] = [...launcher.prefix, ...command];
  await run(program, args, { cwd: '/', env: withLibraries(libraryPath) });
}

function withLibraries(libraryPath: string | undefined): NodeJS.ProcessEnv {
  return libraryPath === undefined ? childEnvironment : { ...childEnvironment, LD_LIBRARY_PATH: libraryPath };
}
