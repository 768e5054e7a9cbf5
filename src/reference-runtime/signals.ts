import { constants } from "node:os";

const known: Readonly<Record<string, number>> = constants.signals;
/** Names that the CRI has and Node lacks. */
const aliases: Readonly<Record<string, number>> = { SIGCLD: 17, SIGPOLL: 29, SIGRTMIN: 34, SIGRTMAX: 64, SIGSTKFLT: 16, SIGPWR: 30 };

/** The number of a signal given as in an image's StopSignal ("SIGTERM", "TERM", "15", "RTMIN+3"); undefined if unknown. */
export function signalNumber(name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const full = name.toUpperCase().startsWith("SIG") ? name.toUpperCase() : `SIG${name.toUpperCase()}`;
  const realTime = /^SIGRT(MIN|MAX)(\+|-|PLUS|MINUS)(\d+)$/.exec(full);
  if (realTime !== null) return realTime[1] === "MIN" ? 34 + Number(realTime[3]) : 64 - Number(realTime[3]);
  return known[full] ?? aliases[full];
}

/** The CRI's name (SIGNAL_SIGTERM) of a signal, as ContainerConfig.stop_signal has it. */
export function criSignal(name: string): string {
  const number = signalNumber(name);
  if (/^\d+$/.test(name)) return criNumber(number ?? 0);
  const full = name.toUpperCase().startsWith("SIG") ? name.toUpperCase() : `SIG${name.toUpperCase()}`;
  return number === undefined ? "SIGNAL_RUNTIME_DEFAULT" : `SIGNAL_${full.replace("+", "PLUS").replace("-", "MINUS")}`;
}

function criNumber(number: number): string {
  if (number > 34 && number < 50) return `SIGNAL_SIGRTMINPLUS${number - 34}`;
  if (number >= 50 && number < 64) return `SIGNAL_SIGRTMAXMINUS${64 - number}`;
  const found = Object.entries({ ...known, ...aliases }).find(([, value]) => value === number);
  return found === undefined ? "SIGNAL_RUNTIME_DEFAULT" : `SIGNAL_${found[0]}`;
}
