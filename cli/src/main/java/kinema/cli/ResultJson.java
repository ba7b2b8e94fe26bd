package kinema.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import kinema.Outcome;
import kinema.Provenance;
import kinema.diffusion.Estimates;
import kinema.eval.Fidelity;
import kinema.system.CommonSettings;
import kinema.system.VideoSize;
import kinema.train.data.Precomputed;

/** What {@code --json} says of a video: one object on one line, whatever became of it. */
final class ResultJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ResultJson() {}

    /** A video that was made now. */
    static String made(GenerationReport report, double total) {
        Outcome made = report.made();
        ObjectNode root = video("made", report.order(), made.provenance());
        if (CommonSettings.isDraft(made.provenance().sampling().settings())) {
            root.put("draft", true);
        }
        root.put("tokens", made.tokens()).put("cutText", made.cutText());
        ObjectNode times = root.putObject("seconds");
        report.seconds().forEach(times::put);
        times.put("total", total);
        ArrayNode steps = root.putArray("stepSeconds");
        report.stepSeconds().forEach(steps::add);
        made.estimates().ifPresent(some -> estimates(root.putObject("cache"), some, report.fidelity()));
        return withProvenance(root, made.provenance());
    }

    /** Without a number of dB where videos are equal, which JSON has none for. */
    private static void estimates(ObjectNode cache, Estimates some, Optional<Fidelity> fidelity) {
        cache.put("computed", some.computed()).put("estimated", some.estimated());
        decibels(cache, "expectedPsnr", some.psnr());
        fidelity.ifPresent(f -> {
            decibels(cache, "psnr", f.psnr());
            decibels(cache, "worstPsnr", f.worstPsnr());
            cache.put("ssim", f.ssim());
        });
    }

    private static void decibels(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, value);
        }
    }

    /** A video that was there already. */
    static String finished(VideoOrder order, Provenance found) {
        return withProvenance(video("finished", order, found), found);
    }

    /** A line of a file of prompts that became no video. */
    static String failed(int line, String error, ExitCode code) {
        ObjectNode root = JSON.createObjectNode().put("state", "failed").put("line", line);
        return root.put("error", error).put("exitCode", code.number()).toString();
    }

    /** A file or folder that was written, and what else there is to say of it. */
    static String file(Path file, Map<String, ?> more) {
        ObjectNode root = JSON.createObjectNode().put("file", file.toString());
        more.forEach((key, value) -> root.set(key, JSON.valueToTree(value)));
        return root.toString();
    }

    /** What a machine has, by name, and what is in Kinema's way. */
    static String machine(Map<String, String> facts, List<String> problems) {
        ObjectNode root = JSON.createObjectNode();
        facts.forEach(root::put);
        problems.forEach(root.putArray("problems")::add);
        return root.toString();
    }

    /** A folder of precomputed clips. */
    static String precomputed(Path folder) {
        Precomputed found = Precomputed.in(folder);
        Map<String, Long> counts = new TreeMap<>(Map.of("clips", found.clips(), "skipped", found.skipped()));
        return file(folder, counts);
    }

    private static ObjectNode video(String state, VideoOrder order, Provenance video) {
        ObjectNode root = JSON.createObjectNode().put("state", state);
        if (order.line() != null) {
            root.put("line", order.line());
        }
        root.put("file", order.target().path().toString());
        if (order.tensors() != null) {
            root.put("tensors", order.tensors().toString());
        }
        VideoSize size = video.size();
        root.put("seed", video.sampling().seed()).put("frames", size.frames());
        return root.put("width", size.width()).put("height", size.height()).put("fps", size.fps());
    }

    private static String withProvenance(ObjectNode root, Provenance provenance) {
        try {
            root.set("provenance", JSON.readTree(provenance.toJson()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a provenance writes itself as JSON", e);
        }
        return root.toString();
    }
}
