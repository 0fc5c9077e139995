/** What can be wrong with a bucket, said so that one knows what to do. */
import { StorageError } from '../types.js'
import type { S3Settings } from './settings.js'
import { Xml } from './xml.js'

/** An answer that is no success. */
export interface Refusal {
  readonly status: number
  /** Its body; empty where there is none, as for HEAD. */
  readonly body: string
  /** The header `x-amz-bucket-region`. */
  readonly bucketRegion: string | null
}

/** True where the same request may well succeed a moment later. */
export function isTransient({ status, body }: Refusal): boolean {
  return status >= 500 || status === 429 || codeOf(body) === 'RequestTimeout'
}

/** The error for an answer that will not get better. */
export function refusalError(refusal: Refusal, settings: S3Settings): StorageError {
  const { bucket, region } = settings
  const { status, body } = refusal
  const code = codeOf(body)
  const bucketRegion = refusal.bucketRegion ?? Xml.parse(body)?.text('Region') ?? null
  if (bucketRegion !== null && bucketRegion !== region && [301, 307, 400].includes(status)) {
    return new StorageError(
      `the bucket ${bucket} is in the region ${bucketRegion}, not in ${region}`,
      `Set AWS_REGION=${bucketRegion}.`,
    )
  }
  switch (code) {
    case 'NoSuchBucket':
      return new StorageError(
        `there is no bucket ${bucket}`,
        'Check the name in --data, and AWS_ENDPOINT_URL_S3 if it is not on AWS.',
      )
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
      return new StorageError(
        `the storage of the bucket ${bucket} does not accept the credentials (${code})`,
        'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that AWS_SESSION_TOKEN is of the same set or not set.',
      )
    case 'ExpiredToken':
    case 'InvalidToken':
    case 'TokenRefreshRequired':
      return new StorageError(
        `the session token for the bucket ${bucket} has expired or is not valid (${code})`,
        'Get new temporary credentials, and set all three variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.',
      )
    case 'RequestTimeTooSkewed':
      return new StorageError(
        "this machine's clock differs from the storage's by too much for a signed request",
        'Set the clock.',
      )
  }
  if (status === 403) {
    return new StorageError(
      `access to the bucket ${bucket} is denied`,
      'The credentials need s3:ListBucket on the bucket and s3:GetObject on its objects.',
    )
  }
  if (status === 301 || status === 307) {
    return new StorageError(
      `the bucket ${bucket} is elsewhere: the storage answers with a redirect`,
      'Set AWS_REGION to the region of the bucket, or AWS_ENDPOINT_URL_S3 to its storage.',
    )
  }
  const said = code === null ? '' : ` (${code})`
  return new StorageError(
    `the storage of the bucket ${bucket} answers with HTTP ${status}${said}`,
    status >= 500 ? 'Try again later.' : 'Check AWS_ENDPOINT_URL_S3, if it is set, and --data.',
  )
}

/** The error for a storage that does not answer at all. */
export function unreachableError(error: unknown, settings: S3Settings): StorageError {
  const { code, message } = error as NodeJS.ErrnoException
  // Of several addresses of one name each has its own error; the message of the whole is empty.
  const what = message === '' ? (code ?? 'no answer') : message
  return new StorageError(
    `cannot reach ${new URL(settings.bucketUrl).host}: ${what}`,
    'Check the network, and AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL and AWS_REGION.',
    error,
  )
}

/** A server's own words are left out: some repeat what they were sent. Its code is a name from a list. */
function codeOf(body: string): string | null {
  const code = Xml.parse(body)?.text('Code') ?? null
  return code !== null && /^[A-Za-z0-9]{1,64}$/.test(code) ? code : null
}
