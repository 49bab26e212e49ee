Console.WriteLine("jade");
