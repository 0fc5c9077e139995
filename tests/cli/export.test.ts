/** `dataform export` as a user calls it: every format, and back again through `dataform seed`. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { afterEach, describe, expect, test } from 'vitest'
import { createProject, type TestProject } from '../support/project.js'

let project: TestProject | undefined
afterEach(async () => {
  await project?.remove()
  project = undefined
})

const ALL_TYPES = `config { type: "table" }
select id, big, money::numeric(6, 2), exact, flag, label, day, at, moment, ratio, doc, list, bin, code, small_ratio, clock, small
from (values
  (2, 9223372036854775807, 12.30, 123456789012345678901.5::numeric, true, 'a,"b"
c', date '2025-01-31', timestamp '2025-01-31 12:05:00.123456', timestamptz '2025-01-31 12:05:00+02', 0.1::float8, '{"n": 1.50}'::jsonb, '{1,2}'::int[], '\\xff00'::bytea, '00112233-4455-6677-8899-aabbccddeeff'::uuid, 1.5::float4, time '12:05:00.5', 3::smallint),
  (1, -1, -0.05, -0.001, false, '', date '0044-03-15', timestamp '1969-12-31 23:59:59.5', timestamptz '1960-01-01 00:00:00+00', '-infinity', '[]', '{}', '', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'nan', time '00:00', -3::smallint),
  (3, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)
) t(id, big, money, exact, flag, label, day, at, moment, ratio, doc, list, bin, code, small_ratio, clock, small)
`

const PROJECT = {
  'definitions/types.sqlx': ALL_TYPES.replace(
    'type: "table"',
    'type: "table", assertions: { uniqueKey: ["id"] }',
  ),
  'definitions/sales.sqlx': `config { type: "table", assertions: { uniqueKey: ["id"] } }
select * from (values (1, 'de', '2026-01-01'), (2, 'de', '2026-01-02'), (3, null, '2026-01-01'), (4, '', '2026-01-01'), (5, 'a/b=c é', '2026-01-01'), (6, '__HIVE_DEFAULT_PARTITION__', '2026-01-01')) t(id, country, day)
`,
  'definitions/formulas.sqlx': `config { type: "view" }
select '=1+1' as "=name", '-5'::text as minus, -5 as number, '@x' as at, e'\\tx' as tab, 'plain' as plain, interval '-1 day' as span
`,
}

async function open(files: Readonly<Record<string, string>> = PROJECT): Promise<TestProject> {
  project = await createProject(files)
  const built = await project.run(['run'])
  expect(built.stderr).toBe('')
  return project
}

const text = ({ dir }: TestProject, path: string): Promise<string> =>
  readFile(join(dir, path), 'utf8')

/** All files below a folder, hidden ones too. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

describe('CSV', () => {
  test('has a header, NULL apart from the empty text, exact numbers, and the order of the key', async () => {
    const opened = await open()
    const result = await opened.run(['export', 'types', '--format', 'csv', '--out', 'out'])
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const content = await text(opened, 'out/analytics.types.csv')
    expect(result.stdout).toBe(
      `out/analytics.types.csv  3 rows  ${Buffer.byteLength(content)} bytes\n`,
    )
    expect(content.split('\r\n')).toEqual([
      'id,big,money,exact,flag,label,day,at,moment,ratio,doc,list,bin,code,small_ratio,clock,small',
      '1,-1,-0.05,-0.001,false,"",0044-03-15,1969-12-31 23:59:59.5,1960-01-01 00:00:00+00,-Infinity,[],{},\\x,ffffffff-ffff-ffff-ffff-ffffffffffff,NaN,00:00:00,-3',
      '2,9223372036854775807,12.30,123456789012345678901.5,true,"a,""b""\nc",2025-01-31,2025-01-31 12:05:00.123456,2025-01-31 10:05:00+00,0.1,"{""n"": 1.50}","{1,2}",\\xff00,00112233-4455-6677-8899-aabbccddeeff,1.5,12:05:00.5,3',
      '3,,,,,,,,,,,,,,,,',
      '',
    ])
  })

  test('quotes every kind of line end', async () => {
    const opened = await open({
      'definitions/ends.sqlx': `config { type: "view" }
select e'a\\nb' as lf, e'a\\rb' as cr, e'a\\r\\nb' as both`,
    })
    await opened.run(['export', 'ends', '--format', 'csv', '--out', 'out'])
    expect(await text(opened, 'out/analytics.ends.csv')).toBe(
      'lf,cr,both\r\n"a\nb","a\rb","a\r\nb"\r\n',
    )
  })

  test('--escape-formulas puts an apostrophe before texts that a spreadsheet would run, numbers stay', async () => {
    const opened = await open()
    await opened.run(['export', 'formulas', '--format', 'csv', '--out', 'out'])
    expect(await text(opened, 'out/analytics.formulas.csv')).toBe(
      '=name,minus,number,at,tab,plain,span\r\n=1+1,-5,-5,@x,\tx,plain,-1 days\r\n',
    )
    await opened.run(['export', 'formulas', '--format', 'csv', '--out', 'out', '--escape-formulas'])
    expect(await text(opened, 'out/analytics.formulas.csv')).toBe(
      "'=name,minus,number,at,tab,plain,span\r\n'=1+1,'-5,-5,'@x,'\tx,plain,'-1 days\r\n",
    )
  })
})

test('NDJSON: an object a line, with every digit', async () => {
  const opened = await open()
  expect((await opened.run(['export', 'types', '--format', 'ndjson', '--out', 'out'])).code).toBe(0)
  const lines = (await text(opened, 'out/analytics.types.ndjson')).split('\n')
  expect(lines).toHaveLength(4)
  expect(lines[1]).toBe(
    '{"id":2,"big":9223372036854775807,"money":12.30,"exact":123456789012345678901.5,"flag":true,"label":"a,\\"b\\"\\nc","day":"2025-01-31","at":"2025-01-31T12:05:00.123456","moment":"2025-01-31T10:05:00+00:00","ratio":0.1,"doc":{"n": 1.50},"list":[1,2],"bin":"\\\\xff00","code":"00112233-4455-6677-8899-aabbccddeeff","small_ratio":1.5,"clock":"12:05:00.5","small":3}',
  )
})

test('an NDJSON record is one line with all columns, whatever they are called and hold', async () => {
  const opened = await open({
    'definitions/lines.sqlx': `config { type: "table" }
select 1 as id, 'x' as r, e'{"a":\\n [1,\\r\\n "b\\\\nc"]}'::json as doc`,
  })
  expect(await opened.run(['export', 'lines', '--format', 'ndjson', '--out', 'out'])).toMatchObject(
    {
      code: 0,
    },
  )
  const written = await readFile(join(opened.dir, 'out/analytics.lines.ndjson'), 'utf8')
  expect(written.split('\n')).toHaveLength(2)
  expect(JSON.parse(written)).toEqual({ id: 1, r: 'x', doc: { a: [1, 'b\nc'] } })
})

describe('Parquet', () => {
  test('keeps the types', async () => {
    const opened = await open()
    expect(
      (await opened.run(['export', 'types', '--format', 'parquet', '--out', 'out'])).code,
    ).toBe(0)
    const bytes = await readFile(join(opened.dir, 'out/analytics.types.parquet'))
    const { schema, num_rows: rows } = parquetMetadata(new Uint8Array(bytes))
    expect(rows).toBe(3n)
    const types = schema
      .slice(1)
      .map(({ name, type, logical_type: logical, precision, scale }) =>
        [
          name,
          type,
          logical?.type,
          ...(logical?.type === 'DECIMAL' ? [precision, scale] : []),
          ...(logical?.type === 'TIMESTAMP' ? [logical.isAdjustedToUTC] : []),
        ].join(' '),
      )
    expect(types).toEqual([
      'id INT32 ',
      'big INT64 ',
      'money INT32 DECIMAL 6 2',
      'exact FIXED_LEN_BYTE_ARRAY DECIMAL 38 3',
      'flag BOOLEAN ',
      'label BYTE_ARRAY STRING',
      'day INT32 DATE',
      'at INT64 TIMESTAMP false',
      'moment INT64 TIMESTAMP true',
      'ratio DOUBLE ',
      'doc BYTE_ARRAY JSON',
      'list BYTE_ARRAY JSON',
      'bin BYTE_ARRAY ',
      'code FIXED_LEN_BYTE_ARRAY UUID',
      'small_ratio FLOAT ',
      'clock INT64 TIME',
      'small INT32 ',
    ])
  })

  test('exported and loaded again it is the same', async () => {
    const opened = await open()
    await opened.run(['export', 'types', '--format', 'parquet', '--out', 'seeds/back'])
    await opened.write({
      'seeds/seeds.yaml': `sources:
  back:
    path: back/*.parquet
    format: parquet
    columns: { id: , big: , money: , exact: , flag: , label: , day: , at: , moment: , ratio: , doc: jsonb, list: jsonb, bin: , code: , small_ratio: , clock: , small: }
`,
    })
    expect((await opened.run(['seed'])).code).toBe(0)
    const columns =
      'id, big, money, exact, flag, label, day, at, moment, ratio, doc, bin, code, small_ratio, clock, small'
    const types =
      'int, bigint, numeric, numeric, boolean, text, date, timestamp, timestamptz, float8, jsonb, bytea, uuid, float4, time, smallint'.split(
        ', ',
      )
    const cast = columns
      .split(', ')
      .map((name, index) => (name === 'doc' ? 'doc' : `${name}::${types[index] ?? ''}`))
    const different = await opened.db.rows(
      `(select ${columns}, to_json(list)::text from analytics.types except select ${cast.join(', ')}, replace(list::text, ' ', '') from raw.back)
       union all (select ${cast.join(', ')}, replace(list::text, ' ', '') from raw.back except select ${columns}, to_json(list)::text from analytics.types)`,
    )
    expect(different).toEqual([])
    expect(
      await opened.db.rows(
        'select count(*)::int as rows, count(_extra)::int as extra from raw.back',
      ),
    ).toEqual([{ rows: 3, extra: 0 }])
  })

  test('numbers that are no decimals become text', async () => {
    const opened = await open({
      'definitions/odd.sqlx': `config { type: "table" }
select 'NaN'::numeric as odd, 1e40::numeric as huge, 0.5::numeric as fine`,
    })
    await opened.run(['export', 'odd', '--format', 'parquet', '--out', 'out'])
    const bytes = await readFile(join(opened.dir, 'out/analytics.odd.parquet'))
    const { schema } = parquetMetadata(new Uint8Array(bytes))
    expect(schema.slice(1).map(({ logical_type: logical }) => logical?.type)).toEqual([
      'STRING',
      'STRING',
      'DECIMAL',
    ])
  })
})

describe('--partition-by', () => {
  const SEEDS = (format: string): string => `sources:
  back:
    path: back/**/*.${format}
    format: ${format}
    columns: { id: , country: , day: }
`

  test('gives a folder for each value; loaded again the values are the same', async () => {
    const opened = await open()
    const result = await opened.run([
      'export',
      'sales',
      '--format',
      'parquet',
      '--out',
      'seeds/back',
      '--partition-by',
      'country',
    ])
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(await filesBelow(join(opened.dir, 'seeds/back/analytics.sales'))).toEqual([
      'country=%5F_HIVE_DEFAULT_PARTITION__/data.parquet',
      'country=/data.parquet',
      'country=__HIVE_DEFAULT_PARTITION__/data.parquet',
      'country=a%2Fb%3Dc%20%C3%A9/data.parquet',
      'country=de/data.parquet',
    ])
    await opened.write({ 'seeds/seeds.yaml': SEEDS('parquet') })
    expect((await opened.run(['seed'])).code).toBe(0)
    expect(
      await opened.db.rows('select id::int as id, country, day from raw.back order by 1'),
    ).toEqual(await opened.db.rows('select * from analytics.sales order by id'))
  })

  test('works for text too, and takes away the partitions that are gone', async () => {
    const opened = await open()
    const args = ['export', 'sales', '--format', 'csv', '--out', 'out', '--partition-by', 'day']
    expect((await opened.run(args)).stdout)
      .toBe(`out/analytics.sales/day=2026-01-01/data.csv  5 rows  70 bytes
out/analytics.sales/day=2026-01-02/data.csv  1 row  18 bytes
`)
    await writeFile(join(opened.dir, 'out/analytics.sales/day=2026-01-02/notes.txt'), 'mine')
    await mkdir(join(opened.dir, 'out/analytics.sales/other=1'))
    await opened.db.rows("delete from analytics.sales where day = '2026-01-02'")
    expect((await opened.run(args)).code).toBe(0)
    expect(await filesBelow(join(opened.dir, 'out'))).toEqual([
      'analytics.sales/day=2026-01-01/data.csv',
      'analytics.sales/day=2026-01-02/notes.txt',
    ])
  })
})

describe('all or nothing', () => {
  const BROKEN = {
    'definitions/a_good.sqlx': 'config { type: "table" }\nselect 1 as id',
    'definitions/b_bad.sqlx':
      'config { type: "view" }\nselect 1 / (id - 1) as ratio from ${ref("a_good")}',
  }

  test('a relation that fails leaves no file, and the files of before stay', async () => {
    const opened = await open(BROKEN)
    const result = await opened.run(['export', '*', '--format', 'csv', '--out', 'new/out'])
    expect(result).toMatchObject({
      code: 1,
      stdout: '',
      stderr: "error the rows can't be read: division by zero\n",
    })
    expect(existsSync(join(opened.dir, 'new'))).toBe(false)

    await opened.run(['export', 'a_good', '--format', 'csv', '--out', 'out'])
    expect((await opened.run(['export', '*', '--format', 'csv', '--out', 'out'])).code).toBe(1)
    expect(await filesBelow(join(opened.dir, 'out'))).toEqual(['analytics.a_good.csv'])
  })

  test('a name that a folder has is seen before any file gets its own', async () => {
    const opened = await open({
      'definitions/a_good.sqlx': 'config { type: "table" }\nselect 1 as id',
      'definitions/big.sqlx': 'config { type: "table" }\nselect 2 as id',
    })
    await opened.write({ 'out/analytics.a_good.csv': 'old', 'out/analytics.big.csv/mine': 'mine' })
    const result = await opened.run(['export', '*', '--format', 'csv', '--out', 'out'])
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toContain('analytics.big.csv is a folder')
    expect(await filesBelow(join(opened.dir, 'out'))).toEqual([
      'analytics.a_good.csv',
      'analytics.big.csv/mine',
    ])
    expect(await readFile(join(opened.dir, 'out/analytics.a_good.csv'), 'utf8')).toBe('old')
  })

  test('Ctrl-C leaves nothing', async () => {
    const opened = await open(BROKEN)
    const outcome = await opened.db.database.withSession(async (session) => {
      await session.query('begin')
      await session.query('lock table analytics.a_good in access exclusive mode')
      const running = opened.start(['export', 'a_good', '--format', 'csv', '--out', 'out'])
      for (;;) {
        const { rows } = await session.query(
          "select 1 from pg_locks where not granted and relation = 'analytics.a_good'::regclass",
        )
        if (rows.length > 0) break
      }
      running.child.kill('SIGINT')
      const ended = await running.ended
      await session.query('rollback')
      return ended
    })
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toContain('The export was cancelled; nothing was written.')
    expect(existsSync(join(opened.dir, 'out'))).toBe(false)
  })

  test('a date of infinity fails, and says what to do', async () => {
    const opened = await open({
      'definitions/forever.sqlx': `config { type: "table" }\nselect timestamp 'infinity' as until`,
    })
    const result = await opened.run(['export', 'forever', '--format', 'parquet', '--out', 'out'])
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('Parquet has no date or time of infinity')
  })
})

test('wrong use ends with 2, what is not built with 1', async () => {
  project = await createProject({
    ...PROJECT,
    'definitions/check.sqlx': 'config { type: "assertion" }\nselect 1 where false',
  })
  const run = (...args: readonly string[]) => (project as TestProject).run(['export', ...args])
  expect(await run('--format', 'csv', '--out', 'out')).toMatchObject({
    code: 2,
    stderr:
      'error Say what to export: names of actions, or --tags.\nSee `dataform export --help`.\n',
  })
  expect((await run('type', '--format', 'csv', '--out', 'out')).stderr).toContain(
    'the nearest are analytics.types',
  )
  expect(
    await run('types', '--format', 'parquet', '--out', 'out', '--escape-formulas'),
  ).toMatchObject({ code: 2 })
  expect(await run('check', '--format', 'csv', '--out', 'out')).toMatchObject({
    code: 2,
    stderr:
      'error nothing to export: what was chosen builds no table or view\nChosen: assertions.check.\n',
  })
  expect(await run('types', '--format', 'csv', '--out', 'out')).toMatchObject({
    code: 1,
    stderr:
      'error analytics.types does not exist in the database\nBuild it first: dataform run --actions analytics.types\n',
  })
  await project.run(['run', '--actions', 'sales'])
  expect(
    await run('sales', '--format', 'csv', '--out', 'out', '--partition-by', 'nation'),
  ).toMatchObject({
    code: 2,
    stderr:
      'error analytics.sales has no column "nation" to partition by\nIts columns are: id, country, day.\n',
  })
})
