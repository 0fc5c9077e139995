/**
 * The request that `core.main` takes, in protobuf's wire format. The few fields are written by hand because
 * loading a reflection library costs more time than compiling a small project; the numbers are those of
 * `core.proto` in the pinned `@dataform/core`, and the conformance tests hold them.
 */
import type { ProjectOverrides } from './protocol.js'

const LENGTH_DELIMITED = 2

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}

function message(field: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([varint((field << 3) | LENGTH_DELIMITED), varint(body.length), body])
}

function text(field: number, value: string | undefined): Buffer {
  return value === undefined ? Buffer.alloc(0) : message(field, Buffer.from(value, 'utf8'))
}

function flag(field: number, value: boolean | undefined): Buffer {
  return value === true ? Buffer.concat([varint(field << 3), varint(1)]) : Buffer.alloc(0)
}

function projectConfig(overrides: ProjectOverrides): Buffer {
  const vars = Object.entries(overrides.vars ?? {}).map(([key, value]) =>
    message(14, text(1, key), text(2, value)),
  )
  return Buffer.concat([
    text(9, overrides.defaultDatabase),
    text(2, overrides.defaultSchema),
    text(16, overrides.defaultLocation),
    text(5, overrides.assertionSchema),
    ...vars,
    text(15, overrides.databaseSuffix),
    text(7, overrides.schemaSuffix),
    text(11, overrides.tablePrefix),
    flag(20, overrides.disableAssertions),
    text(21, overrides.defaultReservation),
  ])
}

/** A compile extension of `workflow_settings.yaml`: the module that core hands the compilation to. */
export interface Extension {
  readonly name: string
  readonly compilationMode: number
}

/**
 * Encodes a `CoreExecutionRequest`.
 * @param filePaths the project's files, from its root
 */
export function encodeCoreRequest(
  projectDir: string,
  filePaths: readonly string[],
  overrides: ProjectOverrides,
  extension?: Extension,
): Uint8Array {
  const config = [
    text(1, projectDir),
    ...filePaths.map((path) => text(8, path)),
    message(3, projectConfig(overrides)),
  ]
  if (extension !== undefined) {
    const mode = Buffer.concat([varint(2 << 3), varint(extension.compilationMode)])
    config.push(message(10, text(1, extension.name), mode))
  }
  return message(1, message(1, ...config))
}

/**
 * Takes the bytes of the `CompiledGraph` out of a `CoreExecutionResponse`, which wraps them twice.
 * @throws Error if the bytes have another shape
 */
export function compiledGraphBytes(response: Uint8Array): Uint8Array {
  let bytes = response
  for (let level = 0; level < 2; level++) {
    if (bytes[0] !== ((1 << 3) | LENGTH_DELIMITED))
      throw new Error('unexpected response of @dataform/core')
    let offset = 1
    while (((bytes[offset] ?? 0) & 0x80) !== 0) offset++
    bytes = bytes.subarray(offset + 1)
  }
  return bytes
}
