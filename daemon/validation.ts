/**
 * Checks values of unknown origin against TypeBox schemas: the only import of ajv. Problems are told by place
 * and rule and never repeat the offending value, which may be a secret or an escape sequence.
 */
import type { Static, TSchema } from '@sinclair/typebox';
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import { nearestName } from './nearest-name';

export type Checked<T> =
  | { readonly kind: 'valid'; readonly value: T }
  /** Lines such as `limits.frameBytes must be integer`; only the first problem unless all were asked for. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

export type Validator<T> = (value: unknown) => Checked<T>;

/**
 * Compiled when it is used first (some milliseconds; all of them together would be a good part of a start), then it takes
 * microseconds. `subject` names the whole value.
 */
export function compileValidator<S extends TSchema>(
  schema: S,
  subject: string,
  options: { readonly allProblems?: boolean } = {},
): Validator<Static<S>> {
  let validate: ValidateFunction<Static<S>> | undefined;
  return (value) => {
    validate ??= createAjv(options.allProblems === true).compile<Static<S>>(schema);
    return validate(value)
      ? { kind: 'valid', value }
      : { kind: 'invalid', problems: (validate.errors ?? []).map((error) => describe(error, subject)) };
  };
}

function createAjv(allErrors: boolean): Ajv {
  // Our own schemas: checking them against the meta-schema would cost 25 ms each.
  const trusted = { meta: false, validateSchema: false } as const;
  const rules = { strict: true, allowUnionTypes: true, ownProperties: true } as const;
  const ajv = new Ajv({ ...trusted, ...rules, verbose: true, allErrors });
  ajv.addKeyword({ keyword: 'x-needs-restart', schemaType: 'boolean' });
  return ajv;
}

function describe(error: ErrorObject, subject: string): string {
  const place = placeOf(error, subject);
  if (error.keyword === 'additionalProperties') return unknownKey(error, place);
  if (error.keyword === 'const') return `${place} must be one of the allowed values`;
  if (error.keyword === 'enum') return `${place} must be one of ${JSON.stringify(error.schema)}`;
  return `${place} ${error.message ?? 'is not valid'}`;
}

/** `/limits/frameBytes` becomes `limits.frameBytes`; keys chosen by the caller are made printable and short. */
function placeOf(error: ErrorObject, subject: string): string {
  const parts = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => printable(part.replaceAll('~1', '/').replaceAll('~0', '~')));
  return parts.length === 0 ? subject : parts.join('.');
}

function unknownKey(error: ErrorObject, place: string): string {
  const key = String(error.params['additionalProperty']);
  const known: unknown = error.parentSchema?.['properties'];
  const nearest =
    typeof known === 'object' && known !== null ? nearestName(key, Object.keys(known)) : undefined;
  const advice = nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`;
  return `${place} has the unknown key ${printable(JSON.stringify(key))}${advice}`;
}

function printable(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return cut.replace(/[^\x20-\x7e…]/g, '?');
}
