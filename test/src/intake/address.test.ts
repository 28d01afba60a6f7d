import t from 'tap'
import { bareHost, hostFilter, isPublicAddress, isWebPort, mayBePublic } from '../../../src/intake/address.ts'
import { random } from '../../random.ts'

t.test('public addresses', async (t) => {
  for (const address of ['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.15.255.255', '172.32.0.0', '100.63.255.255', '100.128.0.0', '169.253.0.1',
    '126.255.255.255', '128.0.0.1', '223.255.255.255', '2606:4700::1111', '2a00:1450:4001::200e', '2001:4860:4860::8888']) {
    t.ok(isPublicAddress(address), address)
  }
})

t.test('all other addresses are not public', async (t) => {
  const inner = {
    loopback: ['127.0.0.1', '127.255.255.254', '::1'],
    unspecified: ['0.0.0.0', '0.1.2.3', '::'],
    private: ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', 'fc00::1', 'fd00:ec2::254', 'fdff::1'],
    'link-local': ['169.254.0.1', '169.254.169.254', '169.254.170.2', 'fe80::1', 'febf::1', 'fe80::1%eth0', 'fec0::1'],
    shared: ['100.64.0.1', '100.100.100.200', '100.127.255.255'],
    multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
    broadcast: ['255.255.255.255'],
    reserved: ['240.0.0.1', '192.0.0.1', '192.0.0.170', '192.88.99.1', '2001:5::1', '4000::1', '5f00::1', '100::1', 'fb00::1'],
    documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
    benchmark: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
    'IPv4 in IPv6': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '::8.8.8.8', '64:ff9b::7f00:1', '64:ff9b::808:808',
      '64:ff9b:1::7f00:1', '2002:7f00:1::', '2002:808:808::1', '2001::1', '2001:0:808:808::1', '::ffff:0:7f00:1'],
    cloud: ['168.63.129.16'],
    'no address': ['', 'localhost', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '[::1]', '::1%lo', '8.8.8.8:80', '2606:4700::1111%eth0']
  }
  for (const [kind, addresses] of Object.entries(inner)) {
    for (const address of addresses) t.notOk(isPublicAddress(address), `${kind} ${address}`)
  }
})

t.test('no IPv4 address becomes public when written as IPv6', async (t) => {
  const next = random(3)
  for (let i = 0; i < 2000; i++) {
    const [a, b, c, d] = Array.from({ length: 4 }, () => Math.floor(next() * 256)) as [number, number, number, number]
    const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
    for (const carrier of [`::${hex}`, `::ffff:${hex}`, `64:ff9b::${hex}`, `64:ff9b:1::${hex}`, `2002:${hex}::1`, `2001:0:${hex}::1`]) {
      if (isPublicAddress(carrier)) t.fail(carrier)
    }
  }
})

t.test('every spelling of an inner host is recognised', async (t) => {
  for (const host of ['127.0.0.1', '2130706433', '0x7f000001', '0X7F.1', '0177.0.0.1', '017700000001', '127.1', '127.0.1', '0', '0x0', '0.0.0.0',
    '127.0.0.1.', '%31%32%37.0.0.1', '１２７.0.0.1', '①②⑦.⓪.⓪.①', '127。0。0。1', 'localhost', 'LOCALHOST', 'localhost.', 'localhost..', 'a.localhost',
    'a.b.localhost.', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '[fe80::1]',
    '169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '[fd00:ec2::254]', '[::ffff:a9fe:a9fe]', '10.1', '192.168.257']) {
    t.notOk(mayBePublic(bareHost(new URL(`http://${host}/`))), host)
  }
  for (const host of ['example.com', 'example.com.', 'localhost.example.com', 'notlocalhost', '8.8.8.8', '134744072', '[2606:4700::1111]', 'münchen.de']) {
    t.ok(mayBePublic(bareHost(new URL(`http://${host}/`))), host)
  }
  t.notOk(mayBePublic(''))
  for (const zone of ['http://[fe80::1%25eth0]/', 'http://[fe80::1%eth0]/', 'http://[::1%25lo]/']) t.notOk(URL.canParse(zone), zone)
})

t.test('ports', async (t) => {
  for (const port of ['', '80', '443', '1024', '8080', '8443', '65535']) t.ok(isWebPort(port), port)
  for (const port of ['0', '1', '22', '25', '53', '110', '445', '587', '993', '1023']) t.notOk(isWebPort(port), port)
})

t.test('allowed hosts', async (t) => {
  const isListed = hostFilter(['images.example.com', '*.CDN.example.', 'münchen.de', '10.0.0.5', '[2606:4700:0::1111]', 'my_bucket.example.com'])
  for (const host of ['images.example.com', 'a.cdn.example', 'a.b.cdn.example', 'xn--mnchen-3ya.de', '10.0.0.5', '2606:4700::1111', 'my_bucket.example.com']) t.ok(isListed(host), host)
  for (const host of ['example.com', 'a.images.example.com', 'images.example.com.evil.com', 'cdn.example', 'evilcdn.example', '.cdn.example', '', '10.0.0.50']) t.notOk(isListed(host), host)
  t.ok(hostFilter([])('anything'))
  for (const entry of ['https://example.com', 'example.com/x', 'example.com:8080', '*', '*.', '', 'a b', '*.10.0.0.1', 'a.*.com', '[::1', '*.*.com']) {
    t.throws(() => hostFilter([entry]), { message: /^URL_ALLOWED_HOSTS holds / }, entry)
  }
})
