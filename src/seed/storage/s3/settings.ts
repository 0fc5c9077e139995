import { CommandError } from '../../../failure/types.js'

/** The variables of the environment that matter here; others are not looked at. */
export type Environment = Readonly<Record<string, string | undefined>>

/** How a bucket is reached. */
export interface S3Settings {
  readonly bucket: string
  /** What every key of the data root starts with: empty, or with a slash at its end. */
  readonly prefix: string
  readonly region: string
  /** Without a slash at its end; the bucket is in it. */
  readonly bucketUrl: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
}

/**
 * Reads `s3://bucket/prefix` and the variables that the AWS command line knows.
 * @throws CommandError (exit code 2); its message has nothing of the variables' values, since one that was put into
 *   the wrong place may be a secret
 */
export function readS3Settings(location: string, environment: Environment): S3Settings {
  // A variable that is set to nothing is not set.
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(location) ?? []
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new CommandError('what --data has after s3:// is not the name of a bucket', {
      exitCode: 2,
      hint: 'Write s3://bucket/prefix; credentials come from the environment.',
    })
  }
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1'
  const endpoint = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL
  return {
    bucket,
    prefix: path === '' || path.endsWith('/') ? path : `${path}/`,
    region,
    bucketUrl: endpoint === undefined ? awsUrl(bucket, region) : endpointUrl(endpoint, bucket),
    credentials: readCredentials(bucket, env),
  }
}

function awsUrl(bucket: string, region: string): string {
  if (!/^[a-z0-9-]+$/.test(region)) {
    throw new CommandError('AWS_REGION is not the name of a region', {
      exitCode: 2,
      hint: 'Set it to the region of the bucket, such as eu-west-1.',
    })
  }
  const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  // A certificate for *.s3... does not hold for names with dots.
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`
}

/** Path style: few of the servers that are not Amazon's know buckets by their host names. */
function endpointUrl(endpoint: string, bucket: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  const isUsable =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '')
  if (isUsable) return `${url.href.replace(/\/+$/, '')}/${bucket}`
  throw new CommandError('AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is not the address of a server', {
    exitCode: 2,
    hint: 'Write it like https://storage.example.com:9000, without user and password.',
  })
}

function readCredentials(bucket: string, env: Environment): S3Settings['credentials'] {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = [
      ...(accessKeyId === undefined ? ['AWS_ACCESS_KEY_ID'] : []),
      ...(secretAccessKey === undefined ? ['AWS_SECRET_ACCESS_KEY'] : []),
    ]
    throw new CommandError(`no credentials for s3://${bucket}: ${missing.join(' and ')} not set`, {
      exitCode: 2,
      hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN with temporary ones. Those of a profile: eval "$(aws configure export-credentials --format env)".',
    })
  }
  const sessionToken = env.AWS_SESSION_TOKEN
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}
