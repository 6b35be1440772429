import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';

export const rpcDiscover = defineMethod({
  name: 'rpc.discover',
  summary: 'The OpenRPC document of the methods on this socket',
  caller: 'both',
  access: 'read',
  params: Type.Object({}, { additionalProperties: false }),
  result: Type.Object(
    {
      openrpc: Type.String(),
      info: Type.Unknown(),
      methods: Type.Array(Type.Unknown()),
      components: Type.Optional(Type.Unknown()),
    },
    { additionalProperties: false, description: 'OpenRPC 1.3 document, https://spec.open-rpc.org' },
  ),
  errors: [],
});
