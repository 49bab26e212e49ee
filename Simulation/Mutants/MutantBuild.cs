using System.Diagnostics;

namespace JadeVector.Simulation.Mutants;

/// <summary>Builds the engine with all mutants in it, from a copy of its source, and puts it beside a copy of this simulator.</summary>
internal sealed class MutantBuild(string root)
{
    private static readonly string[] Shared = ["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "BannedSymbols.txt", "global.json"];

    private string Work => Path.Combine(root, "artifacts", "Mutants");

    /// <returns>The simulator that runs on the mutated engine.</returns>
    /// <exception cref="InvalidOperationException">A mutant's place has gone, or the mutated engine does not compile; the message says which.</exception>
    public string Build()
    {
        var source = Path.Combine(Work, "source");
        if (Directory.Exists(source))
            Directory.Delete(source, recursive: true);
        var engine = Path.Combine(root, "Engine");
        foreach (var file in Directory.EnumerateFiles(engine, "*", SearchOption.AllDirectories).Concat(Shared.Select(name => Path.Combine(root, name))).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(root, file);
            Write(Path.Combine(source, name), AllMutants.All.Where(m => m.File == name).Aggregate(File.ReadAllText(file), (text, mutant) => mutant.ApplyTo(text)));
        }

        Write(Path.Combine(source, "Engine", "Mutant.cs"), Mutant.Switch);
        Compile(source);
        return Assemble(source);
    }

    /// <summary>The repository that this program was built in.</summary>
    public static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "jade")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is in no checkout of the repository.");
    }

    private static void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private static void Compile(string source)
    {
        string[] arguments =
        [
            "build", Path.Combine(source, "Engine"), "-c", "Release", "-v", "quiet", "-nologo", "-p:OrleansHost=Embedded", "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false",
            "-p:EnforceCodeStyleInBuild=false", "-p:GenerateDocumentationFile=false",
        ];
        using var compiler = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = compiler.StandardOutput.ReadToEnd();
        compiler.WaitForExit();
        if (compiler.ExitCode != 0)
            throw new InvalidOperationException($"The engine with its mutants does not compile:\n{output}");
    }

    private string Assemble(string source)
    {
        var program = Path.Combine(Work, "simulator");
        if (Directory.Exists(program))
            Directory.Delete(program, recursive: true);
        Directory.CreateDirectory(program);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
            File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
        const string engine = "JadeVector.Engine.dll";
        File.Copy(Path.Combine(source, "artifacts", "Embedded", "bin", "Engine", "release", engine), Path.Combine(program, engine), overwrite: true);
        return Path.Combine(program, Path.GetFileName(typeof(MutantBuild).Assembly.Location));
    }
}
