package kinema.site;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What stands around every page: the list of pages, the list of the page's sections, the foot. */
record Template(String text) {
    /** A name for the list of pages and the Markdown it leads to. */
    private record Entry(String words, String name) {}

    private static final Map<String, List<Entry>> CONTENTS = orderedContents();

    /** The names of the pages that the list of pages leads to. */
    static List<String> listed() {
        return CONTENTS.values().stream().flatMap(List::stream).map(Entry::name).toList();
    }

    /** A whole page; {@code name} is that of its Markdown, from the project's folder. */
    String page(String name, Markdown page) {
        String up = "../".repeat((int) name.chars().filter(c -> c == '/').count());
        return text.replace("{title}", escaped(page.title()))
                .replace("{up}", up)
                .replace("{pages}", pages(name, up))
                .replace("{sections}", sections(page))
                .replace("{source}", escaped(name))
                .replace("{html}", page.html());
    }

    private static String pages(String current, String up) {
        StringBuilder list = new StringBuilder();
        CONTENTS.forEach((heading, entries) -> {
            list.append("<h2>").append(escaped(heading)).append("</h2>\n<ul>\n");
            for (Entry entry : entries) {
                String here = entry.name().equals(current) ? " aria-current=\"page\"" : "";
                list.append("<li><a href=\"" + up + Markdown.page(entry.name()) + "\"" + here + ">")
                        .append(escaped(entry.words()))
                        .append("</a></li>\n");
            }
            list.append("</ul>\n");
        });
        return list.toString();
    }

    private static String sections(Markdown page) {
        if (page.sections().size() < 2) {
            return "";
        }
        return page.sections().stream()
                .map(s -> "<li><a href=\"#" + s.id() + "\">" + escaped(s.title()) + "</a></li>\n")
                .collect(Collectors.joining("", "<h2>On this page</h2>\n<ul>\n", "</ul>\n"));
    }

    private static Map<String, List<Entry>> orderedContents() {
        Map<String, List<Entry>> contents = new LinkedHashMap<>();
        contents.put(
                "Use it",
                List.of(
                        new Entry("Kinema", "README.md"),
                        new Entry("Start", "docs/start.md"),
                        new Entry("Gallery", "docs/gallery.md"),
                        new Entry("Tutorial", "docs/tutorial.md"),
                        new Entry("Training", "docs/training.md"),
                        new Entry("Troubleshooting", "docs/troubleshooting.md"),
                        new Entry("Hardware and time", "docs/hardware.md"),
                        new Entry("Performance", "docs/performance.md"),
                        new Entry("Few steps", "docs/few-steps.md")));
        contents.put(
                "Look it up",
                List.of(
                        new Entry("Commands", "docs/reference/commands.md"),
                        new Entry("Settings", "docs/reference/settings.md"),
                        new Entry("Recipes", "docs/reference/recipes.md")));
        contents.put(
                "Build on it",
                List.of(
                        new Entry("API guide", "docs/api.md"),
                        new Entry("Embedding", "docs/embedding.md"),
                        new Entry("Architecture", "docs/ARCHITECTURE.md"),
                        new Entry("Decisions", "docs/adr/README.md"),
                        new Entry("Parity", "docs/parity.md"),
                        new Entry("Evaluation", "docs/evaluation/kinema-tiny/evaluation.md"),
                        new Entry("Evaluation of CogVideo", "docs/evaluation/kinema-cogvideo-tiny/evaluation.md"),
                        new Entry("The world", "docs/world.md"),
                        new Entry("Security", "docs/security.md")));
        contents.put("Change it", forContributors());
        return contents;
    }

    private static List<Entry> forContributors() {
        return List.of(
                new Entry("Contributing", "CONTRIBUTING.md"),
                new Entry("Pitfalls", "docs/pitfalls.md"),
                new Entry("Log", "docs/LOG.md"),
                new Entry("Changelog", "CHANGELOG.md"));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
