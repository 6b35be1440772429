/** Makes the OpenRPC 1.3 document (https://spec.open-rpc.org) from the schemas that check every request. Pure. */
import type { TSchema } from '@sinclair/typebox';
import { commonErrors, type MethodDefinition } from '../../shared/contract';
import { errorCatalogue, type ErrorCode } from '../../shared/errors';

export interface OpenRpcDocument {
  readonly openrpc: string;
  readonly info: unknown;
  readonly methods: unknown[];
  readonly components: unknown;
}

export function createOpenRpcDocument(
  definitions: readonly MethodDefinition[],
  version: string,
): OpenRpcDocument {
  const used = new Set<ErrorCode>([...commonErrors, ...definitions.flatMap(({ errors }) => errors)]);
  return {
    openrpc: '1.3.2',
    info: {
      title: 'gitiso',
      version,
      description: 'The methods of this socket. Framing, attachments and notifications: docs/protocol.md.',
      license: { name: 'Apache-2.0' },
    },
    methods: definitions.map(describeMethod),
    components: { errors: Object.fromEntries([...used].map((code) => [code, describeError(code)])) },
  };
}

function describeMethod(definition: MethodDefinition): unknown {
  const { name, summary, access, params, result } = definition;
  const properties = (params['properties'] ?? {}) as Record<string, TSchema>;
  const required = (params['required'] ?? []) as readonly string[];
  return {
    name,
    summary,
    tags: [{ name: access }],
    paramStructure: 'by-name',
    params: Object.entries(properties).map(([parameter, schema]) => ({
      name: parameter,
      required: required.includes(parameter),
      schema: plainJson(schema),
    })),
    result: { name: 'result', schema: plainJson(result) },
    errors: [...commonErrors, ...definition.errors].map((code) => ({ $ref: `#/components/errors/${code}` })),
  };
}

function describeError(code: ErrorCode): unknown {
  const { rpc, retry, hint } = errorCatalogue[code];
  return { code: rpc, message: code, data: { reason: code, hint, retry } };
}

/** Without TypeBox's symbols. */
function plainJson(schema: TSchema): unknown {
  return JSON.parse(JSON.stringify(schema));
}
