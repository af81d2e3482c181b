/** Certificates in X.509: an authority, and what it signs. Each with a new key on P-256. */
// The library below finds its parts by it.
import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import * as x509 from '@peculiar/x509'
import { BerthError } from '../../errors/berth-error.js'

export interface KeyPair {
  /** PEM. */
  readonly certificate: string
  /** PEM, PKCS #8. */
  readonly key: string
}

export interface CertificateRequest {
  /** Of the two files that hold it, without their ends. */
  readonly file: string
  /** Common name. */
  readonly name: string
  /** Names and addresses where its owner is reached. */
  readonly hosts: readonly string[]
  readonly uris: readonly string[]
}

export interface Validity {
  readonly days: number
  readonly now: Date
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 86_400_000
/** The clock of whoever reads it may be behind this one, in ms. */
const clockSkewMs = 300_000
const commonNameMax = 64

x509.cryptoProvider.set(webcrypto)

export async function issueAuthority(name: string, validity: Validity): Promise<KeyPair> {
  const keys = await generate()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject(name),
    ...times(validity),
    serialNumber: serialNumber(),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await pemOf(keys.privateKey) }
}

/** @throws BerthError `invalid_config` for an authority that cannot sign it, and for bad names */
export async function issueCertificate(
  authority: KeyPair,
  { name, hosts, uris }: CertificateRequest,
  validity: Validity,
): Promise<KeyPair> {
  const keys = await generate()
  const { certificate: issuer, signingKey } = await readAuthority(authority)
  const span = times(validity)
  if (issuer.notAfter <= validity.now) {
    const until = issuer.notAfter.toISOString()
    throw wrong(`The authority was good until ${until}: make another one.`)
  }
  const names = [...hosts.map(hostName), ...uris.map(uriName)]
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subject(name),
    issuer: issuer.subjectName,
    notBefore: span.notBefore,
    // Nobody takes it for longer than the authority.
    notAfter: issuer.notAfter < span.notAfter ? issuer.notAfter : span.notAfter,
    serialNumber: serialNumber(),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        ...(hosts.length > 0 ? [x509.ExtendedKeyUsage.serverAuth] : []),
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await pemOf(keys.privateKey) }
}

async function readAuthority({ certificate, key }: KeyPair) {
  try {
    const parsed = new x509.X509Certificate(certificate)
    const bytes = x509.PemConverter.decodeFirst(key)
    const signingKey = await webcrypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign'])
    return { certificate: parsed, signingKey }
  } catch (cause) {
    const how = 'make one by "berth certificate authority", or use one whose key is of P-256'
    throw wrong(`The authority cannot be read: ${how}.`, cause)
  }
}

function generate(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', key)
  return `${x509.PemConverter.encode(bytes, 'PRIVATE KEY')}\n`
}

function times({ days, now }: Validity): { notBefore: Date; notAfter: Date } {
  const at = now.getTime()
  return { notBefore: new Date(at - clockSkewMs), notAfter: new Date(at + days * dayMs) }
}

function serialNumber(): string {
  // Positive, and never shorter than it is long.
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return bytes.toString('hex')
}

function subject(name: string): x509.JsonName {
  if (name !== '' && name.length <= commonNameMax && name.isWellFormed()) return [{ CN: [name] }]
  throw wrong(`A common name has 1 to ${commonNameMax} characters.`)
}

function hostName(host: string): x509.JsonGeneralName {
  if (isIP(host) !== 0) return { type: 'ip', value: host }
  const name = domainToASCII(host)
  if (/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) return { type: 'dns', value: name }
  throw wrong(`"${host}" is no address and no name of a host; give it without a port.`)
}

function uriName(uri: string): x509.JsonGeneralName {
  if (URL.canParse(uri) && !/[\s,"]/.test(uri)) return { type: 'url', value: uri }
  throw wrong(`"${uri}" is no URI, such as spiffe://shop/cart.`)
}

function wrong(detail: string, cause?: unknown): BerthError {
  return new BerthError('invalid_config', detail, { cause })
}
