using Zakenak.RandomModel;

return GenerateCommand.Run(args, Console.Out, Console.Error);
