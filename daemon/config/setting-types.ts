/** The kinds of settings that the schema of the configuration is made of. */
import { Type, type TSchema } from '@sinclair/typebox';

export const closed = { additionalProperties: false } as const;
export const mebibyte = 1024 * 1024;

/** Marks a key whose change takes effect at the next start only. */
export const restart = { 'x-needs-restart': true } as const;

export const bytes = (value: number, description: string, options: object = {}) =>
  Type.Integer({
    minimum: 1,
    maximum: 4096 * mebibyte,
    default: value,
    description: `${description}; bytes`,
    ...options,
  });
/** What may be larger than anything held in memory. */
export const diskBytes = (value: number, description: string, minimum = 0) =>
  Type.Integer({ minimum, maximum: 1024 ** 5, default: value, description: `${description}; bytes` });
export const orNone = (schema: TSchema, value: number | null, description: string) =>
  Type.Unsafe<number | null>(
    Type.Union([schema, Type.Null()], { default: value, description: `${description}; null: no limit` }),
  );
export const count = (value: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 1000000, default: value, description });
export const milliseconds = (value: number, description: string) =>
  Type.Integer({
    minimum: 1,
    maximum: 86400000,
    default: value,
    description: `${description}; milliseconds`,
  });
export const absolutePath = (description: string, options: object = {}) =>
  Type.String({ minLength: 1, maxLength: 4096, pattern: '^/[^\\x00]*$', description, ...options });
export const choice = <const T extends readonly [string, ...string[]]>(
  names: T,
  description: string,
  options: object = {},
) => Type.Unsafe<T[number]>({ type: 'string', enum: names, default: names[0], description, ...options });
