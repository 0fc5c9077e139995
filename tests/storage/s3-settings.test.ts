/** Where a bucket is looked for, and what is said if it can't be. */
import { describe, expect, test } from 'vitest'
import type { CommandError } from '../../src/failure/types.js'
import { refusalError } from '../../src/seed/storage/s3/problem.js'
import { readS3Settings, type Environment } from '../../src/seed/storage/s3/settings.js'

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'hunter2' }

const settings = (env: Environment = {}, location = 's3://data') =>
  readS3Settings(location, { ...KEYS, ...env })

describe('settings', () => {
  test('bucket and prefix, as they are written', () => {
    expect(settings({}, 's3://data')).toMatchObject({ bucket: 'data', prefix: '' })
    expect(settings({}, 's3://data/')).toMatchObject({ bucket: 'data', prefix: '' })
    expect(settings({}, 's3://data/a b%20/c')).toMatchObject({ prefix: 'a b%20/c/' })
    expect(settings({}, 's3://data/a/')).toMatchObject({ prefix: 'a/' })
  })

  test.each([
    [{}, 'https://data.s3.us-east-1.amazonaws.com'],
    [{ AWS_DEFAULT_REGION: 'eu-west-1' }, 'https://data.s3.eu-west-1.amazonaws.com'],
    [
      { AWS_REGION: 'cn-north-1', AWS_DEFAULT_REGION: 'x' },
      'https://data.s3.cn-north-1.amazonaws.com.cn',
    ],
    [{ AWS_ENDPOINT_URL: 'http://localhost:9000' }, 'http://localhost:9000/data'],
    [
      { AWS_ENDPOINT_URL: 'http://other', AWS_ENDPOINT_URL_S3: 'https://s.example.com/s3/' },
      'https://s.example.com/s3/data',
    ],
    [{ AWS_ENDPOINT_URL_S3: '', AWS_REGION: '' }, 'https://data.s3.us-east-1.amazonaws.com'],
  ])('%j: %s', (env, url) => {
    expect(settings(env).bucketUrl).toBe(url)
  })

  test('a bucket with dots is not part of the name that a certificate is for', () => {
    expect(settings({}, 's3://data.example.com/x').bucketUrl).toBe(
      'https://s3.us-east-1.amazonaws.com/data.example.com',
    )
  })

  test('a session token goes with its keys', () => {
    expect(settings({ AWS_SESSION_TOKEN: 'token' }).credentials).toEqual({
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'hunter2',
      sessionToken: 'token',
    })
  })

  test.each([
    [
      {},
      's3://AKIDEXAMPLE:hunter2@data/x',
      'what --data has after s3:// is not the name of a bucket',
    ],
    [
      { AWS_SECRET_ACCESS_KEY: '' },
      's3://data',
      'no credentials for s3://data: AWS_SECRET_ACCESS_KEY not set',
    ],
    [{ AWS_REGION: 'hunter2/' }, 's3://data', 'AWS_REGION is not the name of a region'],
    [
      { AWS_ENDPOINT_URL: 'https://me:hunter2@example.com' },
      's3://data',
      'AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is not the address of a server',
    ],
    [
      { AWS_ENDPOINT_URL_S3: 'localhost:9000' },
      's3://data',
      'AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is not the address of a server',
    ],
  ])('%j %s: %s', (env, location, message) => {
    expect(() => settings(env, location)).toThrow(
      expect.objectContaining({ message, exitCode: 2 }) as CommandError,
    )
  })
})

describe('refusals', () => {
  const xml = (code: string, more = ''): string =>
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>of hunter2</Message>${more}</Error>`

  test.each([
    [
      301,
      xml('PermanentRedirect'),
      'eu-west-1',
      'the bucket data is in the region eu-west-1, not in us-east-1',
      'Set AWS_REGION=eu-west-1.',
    ],
    [
      400,
      xml('AuthorizationHeaderMalformed', '<Region>eu-west-1</Region>'),
      null,
      'the bucket data is in the region eu-west-1, not in us-east-1',
      'Set AWS_REGION=eu-west-1.',
    ],
    [
      307,
      '',
      null,
      'the bucket data is elsewhere: the storage answers with a redirect',
      'Set AWS_REGION to',
    ],
    [
      403,
      xml('AccessDenied'),
      null,
      'access to the bucket data is denied',
      'need s3:ListBucket on the bucket and s3:GetObject',
    ],
    [
      403,
      '',
      null,
      'access to the bucket data is denied',
      'need s3:ListBucket on the bucket and s3:GetObject',
    ],
    [
      400,
      xml('ExpiredToken'),
      null,
      'the session token for the bucket data has expired or is not valid (ExpiredToken)',
      'Get new temporary credentials',
    ],
    [
      403,
      xml('RequestTimeTooSkewed'),
      null,
      "this machine's clock differs from the storage's by too much for a signed request",
      'Set the clock.',
    ],
    [404, xml('NoSuchBucket'), null, 'there is no bucket data', 'Check the name in --data'],
    [
      400,
      xml('InvalidRequest'),
      null,
      'the storage of the bucket data answers with HTTP 400 (InvalidRequest)',
      'Check AWS_ENDPOINT_URL_S3',
    ],
    [
      502,
      '<html>hunter2',
      null,
      'the storage of the bucket data answers with HTTP 502',
      'Try again later.',
    ],
  ])('%i %s', (status, body, bucketRegion, message, hint) => {
    const error = refusalError({ status, body, bucketRegion }, settings())
    expect(error.message).toBe(message)
    expect(error.hint).toContain(hint)
  })
})
