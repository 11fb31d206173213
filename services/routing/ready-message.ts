import { demoCaller, demoNumbers } from './demo-data.ts';
import type { Service } from './service.ts';

/** What is printed when the service is ready: where it is, what is shown once, and a first call to paste. */
export function readyMessage({ address, made, missing }: Omit<Service, 'close'>, version: string): string {
  const lines = [`Linefinder ${version} is ready on ${address}`, '', `  Documentation  ${address}/docs`];
  if (made.administrator !== null) {
    const { login, password } = made.administrator;
    lines.push(
      `  Administrator  ${login}`,
      `  Password       ${password}   (shown this once; you choose your own at the first login)`,
    );
  }
  if (made.demoKey !== null) {
    lines.push('', '  A first call, and why it goes where it goes:', '', ...firstCall(address, made.demoKey));
  }
  for (const sentence of missing) {
    lines.push('', `  Missing: ${sentence} Calls are answered by the last known directory meanwhile.`);
  }
  return `${lines.join('\n')}\n`;
}

function firstCall(address: string, key: string): readonly string[] {
  const body = JSON.stringify({ callId: 'first-call', from: demoCaller, to: demoNumbers.main });
  return [
    `  curl -s ${address}/v1/route \\`,
    `    -H 'Authorization: Bearer ${key}' \\`,
    `    -H 'Content-Type: application/json' \\`,
    `    -d '${body}'`,
  ];
}
