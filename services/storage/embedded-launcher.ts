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
/**
 * Postgres refuses to run as root. In a user namespace it sees itself as user 1000, while its files belong to root:
 * no folder changes hands, and a home of mode 0700 can be entered.
 */
const rootAsSomebody = ['unshare', '--user', '--map-user=1000', '--map-group=1000', ...untilParentDies];
const nobody = 65_534;
const rootAsNobody = [
  'setpriv',
  `--reuid=${nobody}`,
  `--regid=${nobody}`,
  '--clear-groups',
  '--pdeathsig',
  'INT',
];

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
  if (uid !== 0) {
    const signal = await works([...untilParentDies, 'true']);
    return {
      prefix: signal ? untilParentDies : [],
      owner: { uid, gid },
      parentDeath: signal ? 'signal' : 'pipe',
      lock,
    };
  }
  if (await works([...rootAsSomebody, needed.program, '--version'])) {
    return { prefix: rootAsSomebody, owner: { uid, gid }, parentDeath: 'signal', lock };
  }
  if (
    (await works([...rootAsNobody, needed.program, '--version'])) &&
    (await works([...rootAsNobody, 'test', '-x', needed.folder]))
  ) {
    return { prefix: rootAsNobody, owner: { uid: nobody, gid: nobody }, parentDeath: 'signal', lock };
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

/** Ends when the input ends: at close(), or because the parent is gone. */
const pipeScript = `
[ -z "$2" ] || rm -f "$2"
shift 2
"$@" </dev/null &
server=$!
trap '' INT TERM
(while read -r _; do :; done; kill -INT $server) 2>/dev/null <&0 &
wait $server`;

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
