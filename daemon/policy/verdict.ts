/** What a rule of the policy says. Rules are pure: they see facts, never files. */
export type Verdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** Stable name of the rule, for programs and the audit log. */
      readonly rule: string;
      /** What is refused and why, in the words of the one who asked. */
      readonly reason: string;
      /** The allowed way. */
      readonly hint: string;
    };

export const allowed: Verdict = { allowed: true };

export function denied(rule: string, reason: string, hint: string): Extract<Verdict, { allowed: false }> {
  return { allowed: false, rule, reason, hint };
}
