import { parseXml, XmlElement } from '@rgrove/parse-xml'

/** An element of an answer, with its children by name. Namespaces are left out: servers differ in them. */
export class Xml {
  readonly #element: XmlElement

  private constructor(element: XmlElement) {
    this.#element = element
  }

  /** @returns null if it is no XML: a page of a proxy, say */
  static parse(text: string): Xml | null {
    try {
      const { root } = parseXml(text)
      return root === null ? null : new Xml(root)
    } catch {
      return null
    }
  }

  get name(): string {
    return this.#element.name
  }

  all(name: string): readonly Xml[] {
    return this.#element.children.flatMap((child) =>
      child instanceof XmlElement && child.name === name ? [new Xml(child)] : [],
    )
  }

  /** The text of a child; null if there is none. */
  text(name: string): string | null {
    const [child] = this.all(name)
    return child === undefined ? null : child.#element.text
  }
}
