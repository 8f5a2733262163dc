using LightGcn.Build;

if (args.Length != 3)
{
    Console.Error.WriteLine("PublicDocs : error : expected an XML documentation file, its assembly, and a file with the paths of the assembly's references");
    return 1;
}
string[] faults = PublicDocumentation.Keep(args[0], args[1], File.ReadAllLines(args[2]));
foreach (string fault in faults)
    Console.Error.WriteLine($"{args[0]} : error : {fault}");
return faults.Length == 0 ? 0 : 1;
