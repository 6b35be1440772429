/** Runs the checks of the doctor one after the other and mends what they can mend. A check that fails is a finding. */
import type { Finding } from '../../shared/methods/daemon-doctor';
import type { Check, Diagnosis, Patient } from './patient';

/** `mends`: whether to carry out the safe repairs. */
export async function examine(
  patient: Patient,
  checks: readonly Check[],
  mends: boolean,
): Promise<{ readonly findings: Finding[]; readonly checks: string[] }> {
  const findings: Finding[] = [];
  for (const { name, look } of checks) {
    if (patient.signal.aborted) break;
    for (const diagnosis of await lookSafely(patient, name, look)) {
      findings.push(await treat(diagnosis, mends));
    }
  }
  return { findings, checks: checks.map(({ name }) => name) };
}

async function lookSafely(
  patient: Patient,
  name: string,
  look: Check['look'],
): Promise<readonly Diagnosis[]> {
  try {
    return await look(patient);
  } catch (error) {
    return [
      {
        id: 'check-failed',
        severity: 'error',
        where: name,
        what: `it could not be looked at: ${messageOf(error)}`,
        advice: 'mend the other findings first; run it as the user of the daemon',
      },
    ];
  }
}

async function treat({ mend, ...rest }: Diagnosis, mends: boolean): Promise<Finding> {
  const finding = { ...rest, fixable: mend !== undefined, fixed: null };
  if (mend === undefined || !mends) return finding;
  try {
    return { ...finding, fixed: await mend() };
  } catch (error) {
    return { ...finding, what: `${rest.what}; it could not be mended: ${messageOf(error)}` };
  }
}

function messageOf(error: unknown): string {
  const message: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : error;
  return String(message).slice(0, 400);
}
