package kinema.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import kinema.Job;
import kinema.memory.ByteSize;
import kinema.memory.MemoryPlan;
import kinema.memory.StageMemory;
import kinema.tensor.Quantization;
import kinema.tensor.Residency;

/** How a job will run, its {@link MemoryPlan}, for people and for programs. */
final class PlanText {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PlanText() {}

    /**
     * For people.
     *
     * @param notes of the model
     */
    static void print(Job job, List<String> notes, PrintWriter out) {
        MemoryPlan plan = job.plan();
        String row = "%-14s %10s %10s %10s%n";
        out.printf(Locale.ROOT, row, "stage", "weights", "work", "together");
        for (StageMemory s : plan.stages()) {
            out.printf(
                    Locale.ROOT,
                    row,
                    s.stage(),
                    ByteSize.text(s.weights()),
                    ByteSize.text(s.work()),
                    ByteSize.text(s.bytes()));
        }
        out.println();
        out.println("computes in " + plan.precision() + (isQuantized(job) ? ", matrices in " + quant(job) : ""));
        for (StageMemory s : plan.stages()) {
            s.residency().ifPresent(way -> out.println("weights     " + way + " in " + s.stage() + ": " + words(way)));
        }
        out.println("pictures    "
                + plan.tile()
                        .map(t -> "in tiles of " + t.width() + "x" + t.height())
                        .orElse("whole"));
        out.println("peak        " + ByteSize.text(plan.peak()) + ", in the stage "
                + plan.largest().stage() + ", " + ByteSize.text(plan.base()) + " of it for the program itself; "
                + ByteSize.text(plan.limit()) + " may be used");
        notes.forEach(note -> out.println("note        " + note));
    }

    private static Quantization quant(Job job) {
        return job.provenance().model().quant();
    }

    private static boolean isQuantized(Job job) {
        return quant(job) != Quantization.OFF;
    }

    private static String words(Residency residency) {
        return switch (residency) {
            case KEPT -> "all of the network's, and for the next video too";
            case RESIDENT -> "all of the network's at once";
            case STREAMED -> "one block's of the network's at a time";
        };
    }

    /**
     * For programs.
     *
     * @param notes of the model
     */
    static String json(Job job, List<String> notes) {
        MemoryPlan plan = job.plan();
        ObjectNode root = JSON.createObjectNode();
        root.put("peak", plan.peak()).put("base", plan.base()).put("limit", plan.limit());
        root.put("fits", plan.refusal().isEmpty());
        root.put("dtype", plan.precision().toString());
        if (isQuantized(job)) {
            root.put("quant", quant(job).toString());
        }
        if (!notes.isEmpty()) {
            notes.forEach(root.putArray("notes")::add);
        }
        plan.tile().ifPresent(t -> root.put("tile", t.width() + "x" + t.height()));
        ArrayNode stages = root.putArray("stages");
        for (StageMemory s : plan.stages()) {
            ObjectNode stage = stages.addObject().put("stage", s.stage());
            s.residency().ifPresent(way -> stage.put("residency", way.toString()));
            stage.put("weights", s.weights()).put("work", s.work());
        }
        try {
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers and texts cannot fail to become JSON", e);
        }
    }
}
