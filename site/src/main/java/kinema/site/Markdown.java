package kinema.site;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.HeadingAnchorExtension;
import org.commonmark.ext.heading.anchor.IdGenerator;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.Heading;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/**
 * A page of Markdown as HTML: CommonMark with tables, headings with anchors as they are called elsewhere, links to other pages
 * turned to theirs.
 *
 * @param title its first heading, as plain text
 * @param html all of it
 * @param sections its headings of the second level, in order
 */
record Markdown(String title, String html, List<Section> sections) {
    /**
     * A heading.
     *
     * @param id its anchor
     * @param title as plain text
     */
    record Section(String id, String title) {}

    private static final List<Extension> EXTENSIONS =
            List.of(TablesExtension.create(), HeadingAnchorExtension.create());
    private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();
    private static final HtmlRenderer RENDERER = HtmlRenderer.builder()
            .extensions(EXTENSIONS)
            .attributeProviderFactory(context -> Markdown::linkToPages)
            .build();

    static Markdown of(String text) {
        Node document = PARSER.parse(text);
        List<Section> sections = new ArrayList<>();
        List<String> titles = new ArrayList<>();
        IdGenerator ids = IdGenerator.builder().build(); // gives the renderer's, when asked for all in the same order
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(Heading heading) {
                String title = plain(heading);
                String id = ids.generateId(title);
                if (heading.getLevel() == 1) {
                    titles.add(title);
                } else if (heading.getLevel() == 2) {
                    sections.add(new Section(id, title));
                }
            }
        });
        if (titles.size() != 1) {
            throw new IllegalArgumentException("a page must have one heading of the first level, found " + titles);
        }
        // A table that is wider than a phone is moved under the finger, not the page.
        String html = RENDERER.render(document)
                .replace("<table>", "<div class=\"table\"><table>")
                .replace("</table>", "</table></div>");
        return new Markdown(titles.get(0), html, List.copyOf(sections));
    }

    /** The name of a page's file, of the name of its Markdown: {@code a.html} for {@code a.md}, a folder's page for its README. */
    static String page(String name) {
        return name.replaceFirst("(^|/)README\\.md$", "$1index.html").replaceFirst("\\.md$", ".html");
    }

    private static void linkToPages(Node node, String tag, Map<String, String> attributes) {
        if (node instanceof Link && !attributes.getOrDefault("href", "").contains("://")) {
            attributes.computeIfPresent("href", (key, target) -> {
                int hash = target.indexOf('#');
                return hash < 0 ? page(target) : page(target.substring(0, hash)) + target.substring(hash);
            });
        }
    }

    private static String plain(Node node) {
        StringBuilder text = new StringBuilder();
        node.accept(new AbstractVisitor() {
            @Override
            public void visit(Text part) {
                text.append(part.getLiteral());
            }

            @Override
            public void visit(Code part) {
                text.append(part.getLiteral());
            }
        });
        return text.toString();
    }
}
